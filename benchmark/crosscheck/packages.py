"""Which packages there are to check against, what each is asked, and why it may say something else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from benchmark.crosscheck import fid, frame_by_frame, identity, lip_sync
from benchmark.crosscheck.material import Material

INSTALL = "pip install -c constraints.txt '.[oracles]' in an environment of its own"


@dataclass(frozen=True)
class Question:
    """One number of a package.

    Args:
        metric: ours that it stands beside.
        how: how the package is called.
        reason: why it may differ; "" where it has to be equal but for rounding.
        networks: in the weights registry, without which it cannot be asked.
        ask: gives the package's number.
    """

    metric: str
    how: str
    reason: str
    ask: Callable[[Material], float]
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """A reference package.

    Args:
        modules: that it imports; all must be there.
    """

    name: str
    modules: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def is_installed(self) -> bool:
        """Whether all of its modules are here; nothing is imported."""
        return all(find_spec(one) is not None for one in self.modules)


_ROOT = "sqrtm of the product there, singular values of the centred samples here: no epsilon, no complex rounding"
_FEW = "few frames for 2,048 dimensions: both depend on rounding of tiny singular values"


def _lpips(kind: str) -> Question:
    backbone = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}[kind]
    return Question(
        f"lpips[{kind}]",
        f"LPIPS(net={kind!r}) of each frame, mean over frames and pairs",
        "",
        lambda material: frame_by_frame.lpips_of(material, kind),
        (backbone, f"lpips-{kind}-heads"),
    )


_FACES = ("face-detector", "face-mesh", "arcface-r50")


def _syncnet(metric: str, name: str, ask: Callable[[Material], float]) -> Question:
    return Question(
        metric,
        f"{name} of SyncNetPipeline(min_track={lip_sync.LONGER_THAN}) on the files with their sound, best track each",
        "its first step moves pictures, by frames that depend on the file and on ffmpeg's version; both encode every"
        " frame three times, with builds of their own",
        ask,
        lip_sync.NETWORKS,
    )


PACKAGES: Mapping[str, Package] = {
    one.name: one
    for one in (
        Package(
            "scikit-image",
            ("skimage",),
            (
                Question(
                    "psnr",
                    "peak_signal_noise_ratio(data_range=255) of each frame",
                    "a frame that equals its reference is infinite there and 100 dB here",
                    frame_by_frame.psnr_db_of,
                ),
                Question(
                    "ssim",
                    "structural_similarity with gaussian_weights, sigma 1.5, population covariance",
                    "",
                    frame_by_frame.ssim_of,
                ),
                Question(
                    "ssim",
                    "structural_similarity as it is by default",
                    "uniform windows of 7 px and sample covariance there; Wang et al.'s Gaussian window and population"
                    " covariance here",
                    frame_by_frame.default_ssim_of,
                ),
            ),
        ),
        Package("lpips", ("lpips", "torchvision"), tuple(map(_lpips, ("alex", "vgg", "squeeze")))),
        Package(
            "pytorch-fid",
            ("pytorch_fid", "torchvision", "scipy"),
            (
                Question(
                    "fid[pytorch-fid]",
                    "calculate_fid_given_paths on PNG files, one image at a time",
                    f"{_ROOT}; {_FEW}",
                    fid.by_pytorch_fid,
                    ("fid-inception",),
                ),
            ),
        ),
        Package(
            "clean-fid",
            ("cleanfid", "torchvision", "scipy"),
            (
                Question(
                    "fid[clean-fid]",
                    "get_folder_features(mode='clean') on PNG files with the network of our registry, fid_from_feats",
                    f"its own TorchScript file is not fetched; {_ROOT}; {_FEW}",
                    fid.by_clean_fid,
                    ("fid-inception",),
                ),
            ),
        ),
        Package(
            "torch-fidelity",
            ("torch_fidelity", "torchvision"),
            (
                Question(
                    "fid[torch-fidelity]",
                    "its extractor inception-v3-compat and statistics on PNG files",
                    f"{_ROOT}; {_FEW}",
                    fid.by_torch_fidelity,
                    ("fid-inception",),
                ),
            ),
        ),
        Package(
            "insightface",
            ("insightface", "onnx", "onnxruntime"),
            (
                Question(
                    "csim[arcface]",
                    "norm_crop and ArcFaceONNX on the five points of our mesh, cosine to the first reference frame",
                    "",
                    identity.csim_of_our_points,
                    _FACES,
                ),
                Question(
                    "csim[arcface]",
                    f"FaceAnalysis({identity.PACK!r}) with its own detector, largest face, cosine as above",
                    "its detector's five points are 1 to 3 px from our mesh's, and it finds faces in other frames",
                    identity.csim_of_its_pack,
                    _FACES,
                ),
            ),
        ),
        Package(
            "syncnet-python",
            ("syncnet_python", "ffmpeg", "scenedetect", "python_speech_features"),
            (
                _syncnet("syncnet_confidence[legacy]", "LSE-C", lip_sync.confidence_of),
                _syncnet("syncnet_distance[legacy]", "LSE-D", lip_sync.distance_of),
                _syncnet("syncnet_offset[legacy]", "AV offset", lip_sync.offset_frames_of),
            ),
        ),
    )
}


TOLERANCE = 1e-4
"""Of the package's number: what rounding of float32 in different orders leaves."""


@dataclass(frozen=True)
class Answer:
    """A package's number beside ours.

    Args:
        missing: why one of both cannot be had; "" where both are there.
    """

    package: str
    question: Question
    ours: float | None = None
    theirs: float | None = None
    missing: str = ""

    @property
    def difference(self) -> float | None:
        """Relative to the package's number; infinite where that is."""
        if self.ours is None or self.theirs is None:
            return None
        if not math.isfinite(self.theirs):
            return math.inf
        return abs(self.ours - self.theirs) / max(abs(self.theirs), TOLERANCE)

    @property
    def why(self) -> str:
        """What explains the difference."""
        if self.missing:
            return self.missing
        if self._is_equal:
            return "equal"
        return self.question.reason or "NOT EXPLAINED"

    @property
    def is_unexplained(self) -> bool:
        """Whether both numbers are there, differ, and nobody knows why."""
        return not self.missing and not self._is_equal and not self.question.reason

    @property
    def _is_equal(self) -> bool:
        return self.difference is not None and self.difference <= TOLERANCE
