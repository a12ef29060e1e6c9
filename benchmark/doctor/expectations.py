"""What must be true of every metric on the doctor's material. A metric without an entry fails a test.

Values come from definitions, never from a run: a video against itself has error 0; copying the source transfers
nothing and keeps identity perfectly; a still mouth is worse for speech; order of frames does not matter to a metric of
distributions. Margins are 0 unless the metric's noise between two runs of the landmark network is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.doctor import conditions as on
from benchmark.doctor.checks import Between, Expectation, Near, NoValue, Same, Shifted, Worse
from benchmark.doctor.mutations import DELAY_FRAMES

_EXACT = 1e-6
_NO_FACE = (NoValue(on.BLACK),)
_RECOGNISERS = ("arcface", "vggface2", "dlib")
_INCEPTIONS = ("pytorch-fid", "clean-fid", "torch-fidelity")
_COEFFICIENTS = ("mesh468", "mesh478", "blendshapes52")
_LANDMARKS = ("mesh468", "mesh478", "landmarks68")


def _error(*worse: str, tolerance: float = _EXACT) -> tuple[Expectation, ...]:
    """An error of faces: none of the truth against itself, some under damage, no value without a face."""
    return (Near(on.TRUTH, 0.0, tolerance), *(Worse(one) for one in worse), *_NO_FACE)


def _transfer(*worse: str) -> tuple[Expectation, ...]:
    """A share of the driver's motion: all of it in the driver, none of it in a still image."""
    exact = (Near(on.TRUTH, 1.0, _EXACT), Near(on.STILL, 0.0, _EXACT))
    return (*exact, *(Worse(one) for one in (*worse, on.MIRRORED, on.DELAYED, on.SHUFFLED)), *_NO_FACE)


def _intensity() -> tuple[Expectation, ...]:
    """A gain: as far as the driver, or not at all."""
    return (Near(on.TRUTH, 1.0, _EXACT), Near(on.STILL, 0.0, _EXACT), *_NO_FACE)


def _identity(best: float) -> tuple[Expectation, ...]:
    """Who is shown: the source image itself is perfect, its person moving is near, another person is far."""
    return (Near(on.STILL, best, 1e-5), Worse(on.TRUTH, than=on.STILL), Worse(on.STRANGER), *_NO_FACE)


def _picture(best: float, tolerance: float = _EXACT) -> tuple[Expectation, ...]:
    """A comparison of pixels: perfect against itself, worse under every damage that pixels can show."""
    damages = (on.STILL, on.MIRRORED, on.BLURRED, on.DELAYED, on.SHUFFLED, on.STRANGER, on.BLACK)
    return (Near(on.TRUTH, best, tolerance), *(Worse(one) for one in damages))


def _distribution(*worse: str, tolerance: float) -> tuple[Expectation, ...]:
    """A distance of two sets of frames: 0 to itself and blind to their order."""
    seen = (Worse(one, margin=tolerance) for one in worse)
    return (Near(on.TRUTH, 0.0, tolerance), Same(on.SHUFFLED, tolerance), *seen)


_SPEECH_POSITION = _error(on.FROZEN_MOUTH, on.STILL, on.DELAYED, on.SHUFFLED, on.MIRRORED)
_SPEECH_VELOCITY = _error(on.FROZEN_MOUTH, on.STILL, on.DELAYED, on.SHUFFLED)
_SILENT = (NoValue(on.NO_SOUND),)
_SYNCNET = [f"{what}{side}" for what in ("confidence", "distance", "offset") for side in ("", "_gt")]
_SYNC = (NoValue(on.BLACK), *_SILENT)
# The sign: a positive offset says that the sound comes before the picture.
_SYNC_SHIFT = (
    Shifted(on.SOUND_LATER, -on.SOUND_SHIFT_FRAMES, tolerance=1.0),
    Shifted(on.SOUND_EARLIER, on.SOUND_SHIFT_FRAMES, tolerance=1.0),
)

EXPECTATIONS: Mapping[str, Sequence[Expectation]] = {
    **{f"csim[{name}]": _identity(1.0) for name in _RECOGNISERS},
    "id_l2[dlib]": _identity(0.0),
    # Computed on real videos only: what a method gives cannot move it.
    **{
        f"csim_calibration[{name}]": (Between(on.TRUTH, 0.0, 2.0), Same(on.STRANGER, _EXACT), Same(on.BLACK, _EXACT))
        for name in _RECOGNISERS
    },
    "expression_transfer[mesh468]": _transfer(on.FROZEN_MOUTH),
    "expression_error[mesh468]": _error(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED),
    **{f"intensity[{name}]": _intensity() for name in _COEFFICIENTS},
    **{
        f"intensity_error[{name}]": (
            Near(on.TRUTH, 0.0, _EXACT),
            Near(on.STILL, 1.0, _EXACT),
            Worse(on.FROZEN_MOUTH),
            Worse(on.SHUFFLED),
            *_NO_FACE,
        )
        for name in _COEFFICIENTS
    },
    # A still face is even on both sides; a mirrored one moves as unevenly, to the other side.
    **{
        f"asymmetry[{name}]": (
            Near(on.TRUTH, 1.0, _EXACT),
            Near(on.STILL, 0.0, _EXACT),
            Near(on.MIRRORED, -1.0, 0.3),
            Worse(on.DELAYED),
            Worse(on.SHUFFLED),
            *_NO_FACE,
        )
        for name in ("mesh478", "blendshapes52")
    },
    "wink_f1[blendshapes52]": (
        Near(on.TRUTH, 1.0, _EXACT),
        Near(on.STILL, 0.0, _EXACT),
        Between(on.MIRRORED, 0.0, 0.2),
        Worse(on.DELAYED),
        Worse(on.SHUFFLED),
        *_NO_FACE,
    ),
    "tongue_f1[mesh468]": (
        Near(on.TRUTH, 1.0, _EXACT),
        Near(on.STILL, 0.0, _EXACT),
        Between(on.FROZEN_MOUTH, 0.0, 0.2),
        Worse(on.DELAYED),
        Worse(on.SHUFFLED),
        *_NO_FACE,
    ),
    "tongue_transfer[mesh468]": (
        Near(on.TRUTH, 1.0, _EXACT),
        Near(on.STILL, 0.0, _EXACT),
        Worse(on.FROZEN_MOUTH),
        Worse(on.DELAYED),
        Worse(on.SHUFFLED),
        *_NO_FACE,
    ),
    "gaze_error_deg[iris]": _error(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
    "aed[blendshapes52]": _error(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED, on.STRANGER),
    "apd_deg[mesh468]": _error(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
    **{
        f"akd[{name}]": _error(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED, on.STRANGER)
        for name in ("mesh468", "landmarks68")
    },
    "pose_error_deg[mesh468]": _error(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
    "pose_transfer[mesh468]": _transfer(),
    **{f"{what}_p[{name}]": _SPEECH_POSITION for what in "mf" for name in _LANDMARKS},
    **{f"{what}_v[{name}]": _SPEECH_VELOCITY for what in "mf" for name in _LANDMARKS},
    "psnr": _picture(100.0),
    "ssim": _picture(1.0),
    "l1": _picture(0.0),
    **{f"lpips[{name}]": _picture(0.0) for name in ("alex", "vgg", "squeeze")},
    **{f"fid[{mode}]": _distribution(on.STILL, on.BLURRED, on.STRANGER, tolerance=1e-2) for mode in _INCEPTIONS},
    "fid_infinity[pytorch-fid]": tuple(Worse(one) for one in (on.STILL, on.BLURRED, on.STRANGER)),
    # Order matters here: the same frames shuffled move otherwise.
    "fvd[i3d-16]": (
        Near(on.TRUTH, 0.0, 1e-2),
        *(Worse(one) for one in (on.STILL, on.BLURRED, on.SHUFFLED, on.STRANGER)),
    ),
    # Unbiased, hence below 0 for a set against itself, where it would be 0 if a frame were not its own best match.
    "kid[pytorch-fid]": (
        Between(on.TRUTH, None, 0.0),
        Same(on.SHUFFLED, _EXACT),
        Worse(on.STILL),
        Worse(on.BLURRED),
        Worse(on.STRANGER),
    ),
    "kid[torch-fidelity]": (NoValue(on.TRUTH),),  # its subsets of 1,000 frames are more than the doctor has
    **{
        f"precision[{mode}]": (Near(on.TRUTH, 1.0, _EXACT), Worse(on.STRANGER), Worse(on.BLACK))
        for mode in ("pytorch-fid", "torch-fidelity")
    },
    **{
        f"recall[{mode}]": (Near(on.TRUTH, 1.0, _EXACT), Worse(on.STILL), Worse(on.STRANGER), Worse(on.BLACK))
        for mode in ("pytorch-fid", "torch-fidelity")
    },
    "fd[dlib]": (Near(on.TRUTH, 0.0, _EXACT), Worse(on.STILL), Worse(on.STRANGER), *_NO_FACE),
    **{f"syncnet_{what}": _SYNC for what in ("confidence", "distance")},
    **{f"syncnet_{what}_gt": _SILENT for what in ("confidence", "distance")},
    "syncnet_offset": (*_SYNC, *_SYNC_SHIFT, Shifted(on.DELAYED, DELAY_FRAMES, tolerance=1.0)),
    "syncnet_offset_gt": (*_SILENT, *_SYNC_SHIFT, Same(on.DELAYED, _EXACT)),
    "av_lag[mesh468]": (
        Near(on.TRUTH, 0.0, 1.5),
        *_SYNC_SHIFT,
        Shifted(on.DELAYED, DELAY_FRAMES, tolerance=1.0),
        *_SYNC,
    ),
    "av_lag_gt[mesh468]": (Near(on.TRUTH, 0.0, 1.5), *_SYNC_SHIFT, Same(on.DELAYED, _EXACT), *_SILENT),
    "av_correlation[mesh468]": (Between(on.TRUTH, 0.4, 1.0), Worse(on.FROZEN_MOUTH), Worse(on.SHUFFLED), *_SYNC),
    "av_correlation_gt[mesh468]": (Between(on.TRUTH, 0.4, 1.0), Same(on.FROZEN_MOUTH, _EXACT), *_SILENT),
    # The historical script drops tracks of up to 100 frames: the doctor's two seconds give it nothing, and it says so.
    **{f"syncnet_{what}[legacy]": (NoValue(on.TRUTH),) for what in _SYNCNET},
    "auc_z": (Near(on.ISOTROPIC, 0.5625, 0.05), Near(on.COLLAPSED, 1.0, _EXACT)),
}
