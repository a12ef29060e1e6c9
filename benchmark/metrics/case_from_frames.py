"""Features of one case from frames in memory, by the benchmark's own extraction and without a cache on disk."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.features.extractors.catalog import networks_of, split_ids
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.lost_frames import finite_frames, without_frames

if TYPE_CHECKING:
    import torch

    from benchmark.features.audio import AudioFeatures
    from benchmark.features.models import ModelCache
    from feed_dataset.core.media.types import Audio

_MAX_DENOMINATOR = 1001  # rates such as 30000/1001 come back exactly from their float
_HALF_A_LEVEL = 0.5 / 255
ANONYMOUS = "(no id)"
"""Id of a case without one; every such case is another one."""
NO_VIDEO = FaceFeatures(np.empty((0, 468, 3), np.float32), ())
_WANTED = (
    "expected {name} as an array uint8 [T, H, W, 3] or a tensor [T, 3, H, W], uint8 or float in [0, 1], but got {got}"
)


def case_from_frames(
    features: Sequence[str],
    *,
    output: np.ndarray | torch.Tensor,
    driver: np.ndarray | torch.Tensor | None = None,
    source: np.ndarray | torch.Tensor | None = None,
    reference: np.ndarray | torch.Tensor | None = None,
    audio: Path | str | Audio | None = None,
    latents: np.ndarray | torch.Tensor | None = None,
    fps: float | Fraction = 25,
    case_id: str = ANONYMOUS,
    cluster: str = "all",
    source_cluster: str | None = None,
    stride: int = 1,
    models: ModelCache | None = None,
) -> CaseFeatures:
    """What metrics read of one generated video: computed once, scored by any number of them.

    Frames are RGB: arrays uint8 [T, H, W, 3], or tensors [T, 3, H, W], uint8 or float in [0, 1] (rounded to 8 bits, as
    they would be in a file). A frame of the output that is not finite is a failure of that frame; everything else has
    to be finite.

    Args:
        features: ids of extractors, such as `features` of the cards of all metrics that will be asked.
        output: frames that were generated.
        driver: frames of the driver, [T, ...]; the reference where it is left out (self-reenactment).
        source: the image that was animated, with or without an axis of one frame.
        reference: frames that should have come out, [T, ...].
        audio: a file whose audio starts with the first frame, or an `Audio` that does.
        latents: expression descriptors z, [T, d].
        fps: frames per second of output, driver and reference.
        case_id: name of the case.
        cluster: the driver's person: cases of one are not independent.
        source_cluster: the source's person, or the photograph: likewise.
        stride: slow features are computed of every `stride`-th frame only, as protocols do.
        models: networks that are loaded already; those of this process by default.

    Raises:
        TypeError, ValueError: something has another type, shape or range than this says, or there are more frames of
            the output than of the driver.
        WeightsUnavailable: a network is not here and cannot be fetched.
    """
    from benchmark.features import FeatureStore, FrameSequence, extract_pair, extract_video

    rate = _rate(fps)
    if driver is None and reference is None:
        raise ValueError("expected driver=... or reference=... but got neither; in self-reenactment pass the reference")
    shown, is_lost = finite_frames(output)
    videos = {"output": shown, "driver": driver, "reference": reference}
    frames = {name: frames_of(video, name) for name, video in videos.items() if video is not None}
    _check_lengths(frames)
    if source is not None:
        frames["source"] = frames_of(_one_frame(source), "source")
    video_ids, pair_ids, audio_ids = split_ids(features)
    models = models or shared_models()
    store = FeatureStore(None, dict.fromkeys(networks_of(features), "kept nowhere"))
    tools: dict[str, Any] = {"models": models, "store": store, "stride": stride}

    def video(name: str) -> FaceFeatures:
        return extract_video(FrameSequence.from_frames(frames[name], rate), video_ids, **tools)

    compared = None
    if "reference" in frames:
        first, second = (FrameSequence.from_frames(frames[name], rate) for name in ("output", "reference"))
        compared = extract_pair(first, second, video_ids, pair_ids, **tools)
    is_reference = compared is not None and (driver is None or driver is reference)
    if audio is not None:
        _check_audio(audio)
    heard = _audio_features(audio, audio_ids, models, store) if audio is not None and audio_ids else None
    case = CaseFeatures(
        case_id=case_id,
        cluster=cluster,
        output=video("output") if compared is None else compared.output,
        driver=compared.reference if is_reference and compared is not None else video("driver"),
        source=NO_VIDEO if source is None else video("source"),
        reference=None if compared is None else compared.reference,
        latents=None if latents is None else latents_of(latents, len(frames["output"])),
        pairs={} if compared is None else compared.pairs,
        no_pairs=None if compared is None else compared.no_pairs,
        sound={} if heard is None else heard.arrays,
        no_sound=None if heard is None else heard.reason,
        fps=float(rate),
        source_cluster=source_cluster,
    )
    return case if is_lost is None else without_frames(case, is_lost)


def frames_of(value: np.ndarray | torch.Tensor, name: str) -> np.ndarray:
    """Frames uint8 [T, H, W, 3] of an array or a tensor as `case_from_frames` takes them.

    Raises:
        TypeError, ValueError: it is something else.
    """
    if isinstance(value, np.ndarray):
        if value.dtype != np.uint8 or value.ndim != 4 or value.shape[3] != 3 or not value.size:
            raise ValueError(_WANTED.format(name=name, got=f"an array {value.dtype} {list(value.shape)}"))
        return value
    import torch

    if not isinstance(value, torch.Tensor):
        raise TypeError(_WANTED.format(name=name, got=type(value).__name__))
    found = f"a tensor {str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    is_float = value.is_floating_point()
    if value.ndim != 4 or value.shape[1] != 3 or not value.numel() or not (is_float or value.dtype == torch.uint8):
        raise ValueError(_WANTED.format(name=name, got=found))
    pixels = value.detach().permute(0, 2, 3, 1).cpu()
    if is_float:
        pixels = pixels.float()
        low, high = float(pixels.min()), float(pixels.max())
        if not (low >= -_HALF_A_LEVEL and high <= 1 + _HALF_A_LEVEL):  # NaN compares as false
            raise ValueError(_WANTED.format(name=name, got=f"{found} with values from {low:.4g} to {high:.4g}"))
        pixels = (pixels * 255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(pixels.numpy())


def latents_of(value: np.ndarray | torch.Tensor, frames: int | None) -> np.ndarray:
    """Latents float32 [T, d] of an array or a tensor; `frames` is the T that is due, None for any."""
    rows = value if isinstance(value, np.ndarray) else value.detach().float().cpu().numpy()
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.floating) or not rows.size:
        raise ValueError(f"expected latents as floats [T, d] but got {rows.dtype} {list(rows.shape)}")
    if frames is not None and len(rows) != frames:
        raise ValueError(f"expected latents of all {frames} frames of the output but got {len(rows)}")
    return np.asarray(rows, np.float32)


def shared_models(device: str = "cpu", precision: str = "float32") -> ModelCache:
    """The networks of this process on one device, each loaded once whoever asks."""
    from benchmark.features.models import ModelCache
    from benchmark.features.types.extractor import Compute

    compute = Compute(device, precision)  # type: ignore[arg-type]
    return _SHARED.setdefault(compute, ModelCache(compute=compute))


_SHARED: dict[Any, ModelCache] = {}


def _one_frame(source: np.ndarray | torch.Tensor) -> np.ndarray | torch.Tensor:
    if getattr(source, "ndim", 0) == 4 and len(source) != 1:
        raise ValueError(f"expected source as one image but got {len(source)} frames")
    return source[None] if getattr(source, "ndim", 0) == 3 else source


def _check_lengths(frames: dict[str, np.ndarray]) -> None:
    counts = {name: len(video) for name, video in frames.items()}
    due = counts.get("reference", counts.get("driver", 0))
    if counts.get("driver", due) != due:
        raise ValueError(f"expected as many frames of driver and reference but got {counts['driver']} and {due}")
    if counts["output"] > due:
        other = "reference" if "reference" in counts else "driver"
        raise ValueError(f"expected at most the {due} frames of the {other} in output but got {counts['output']}")
    if "reference" in frames and frames["output"].shape[1:] != frames["reference"].shape[1:]:
        sizes = [f"{video.shape[2]}x{video.shape[1]}" for video in (frames["output"], frames["reference"])]
        raise ValueError(f"expected output and reference of one size but got {sizes[0]} and {sizes[1]}")


def _rate(fps: float | Fraction) -> Fraction:
    if isinstance(fps, bool) or not isinstance(fps, int | float | Fraction):
        raise TypeError(f"expected fps as frames per second but got {fps!r}")
    if not 0 < fps < 1e4:
        raise ValueError(f"expected fps as frames per second, above 0, but got {fps}")
    return Fraction(fps).limit_denominator(_MAX_DENOMINATOR)


def _check_audio(audio: object) -> None:
    from feed_dataset.core.media.types import Audio

    if isinstance(audio, str | Path):
        if not Path(audio).is_file():
            raise ValueError(f"expected a file with audio but {audio} is none")
    elif not isinstance(audio, Audio):
        raise TypeError(f"expected audio as a path or an Audio but got {type(audio).__name__}")


def _audio_features(audio: Path | str | Audio, ids: Sequence[str], models: ModelCache, store: Any) -> AudioFeatures:
    from benchmark.features.audio import AudioFeatures, extract_audio
    from benchmark.features.extractors.catalog import audio_extractor
    from feed_dataset.core.media.audio import resample
    from feed_dataset.core.media.types import Audio

    if not isinstance(audio, Audio):
        return extract_audio(audio, ids, models=models, store=store)
    samples = np.asarray(audio.samples, np.float32)
    arrays = {
        one: np.asarray(
            models.read_audio(one)(resample(samples, audio.sample_rate_hz, audio_extractor(one).rate_hz)), np.float32
        )
        for one in ids
    }
    return AudioFeatures(arrays)
