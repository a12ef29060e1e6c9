"""What is kept of a case as bytes, so that processes can exchange it as a tensor: exact, without pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics.card import MetricCard
from benchmark.metrics.case_from_frames import NO_VIDEO
from benchmark.results.schema import CaseRow

_PREFIX_BYTES = 8
_SOUND = "sound/"
_VIDEOS = ("output", "driver", "source", "reference")


def framed(record: bytes) -> np.ndarray:
    """uint8 [N] of one record with its length, so that any number of them can be concatenated."""
    return np.frombuffer(len(record).to_bytes(_PREFIX_BYTES, "little") + record, np.uint8)


def records(content: np.ndarray) -> Iterator[bytes]:
    """The records of concatenated `framed` ones."""
    data, at = content.tobytes(), 0
    while at < len(data):
        start = at + _PREFIX_BYTES
        at = start + int.from_bytes(data[start - _PREFIX_BYTES : start], "little")
        yield data[start:at]


def row_record(row: CaseRow) -> bytes:
    """A scored case."""
    return row.model_dump_json().encode()


def row_of(record: bytes) -> CaseRow:
    """The scored case of a `row_record`."""
    return CaseRow.model_validate_json(record)


def case_record(case: CaseFeatures, card: MetricCard) -> bytes:
    """The features that a metric reads of a case."""
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {}
    about: dict[str, Any] = {"case_id": case.case_id, "cluster": case.cluster, "fps": case.fps, "videos": {}}
    about |= {"source_cluster": case.source_cluster, "inputs_id": case.inputs_id, "no_sound": case.no_sound}
    for name in _VIDEOS:
        video: FaceFeatures | None = getattr(case, name)
        if video is None or (name == "source" and not card.uses_source):
            continue
        times_s = None if video.times_s is None else video.times_s.tolist()
        about["videos"][name] = {
            "frames": len(video),
            "reasons": _runs(video.reasons),
            "times_s": times_s,
            "frame_hw": video.frame_hw,
        }
        if LANDMARKS in card.features:
            arrays[f"{name}/{LANDMARKS}"] = video.landmarks_px
        arrays |= {f"{name}/{one}": video.arrays[one] for one in card.features if one in video.arrays}
    if case.latents is not None and "latents" in card.needs:
        arrays["latents"] = case.latents
    arrays |= {f"{_SOUND}{one}": case.sound[one] for one in card.features if one in case.sound}
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(tensors, metadata={"json": json.dumps(about, sort_keys=True)})


def case_of(record: bytes) -> CaseFeatures:
    """The case of a `case_record`; landmarks that were not kept are NaN."""
    from safetensors.numpy import load

    arrays = load(record)
    size = int.from_bytes(record[:_PREFIX_BYTES], "little")
    about = json.loads(json.loads(record[_PREFIX_BYTES : _PREFIX_BYTES + size])["__metadata__"]["json"])
    videos = {name: _video(name, one, arrays) for name, one in about["videos"].items()}
    return CaseFeatures(
        case_id=about["case_id"],
        cluster=about["cluster"],
        output=videos["output"],
        driver=videos["driver"],
        source=videos.get("source", NO_VIDEO),
        reference=videos.get("reference"),
        latents=arrays.get("latents"),
        sound={name.removeprefix(_SOUND): array for name, array in arrays.items() if name.startswith(_SOUND)},
        no_sound=about["no_sound"],
        fps=about["fps"],
        source_cluster=about["source_cluster"],
        inputs_id=about["inputs_id"],
    )


def _video(name: str, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> FaceFeatures:
    own = {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
    landmarks = own.pop(LANDMARKS, None)
    if landmarks is None:
        landmarks = np.full((about["frames"], 468, 3), np.nan, np.float32)
    reasons = tuple(reason for reason, count in about["reasons"] for _ in range(count))
    times_s = None if about["times_s"] is None else np.array(about["times_s"], np.float64)
    frame_hw = None if about["frame_hw"] is None else (about["frame_hw"][0], about["frame_hw"][1])
    return FaceFeatures(landmarks, reasons, own, frame_hw=frame_hw, times_s=times_s)


def _runs(reasons: Iterable[str | None]) -> list[tuple[str | None, int]]:
    runs: list[tuple[str | None, int]] = []
    for reason in reasons:
        if runs and runs[-1][0] == reason:
            runs[-1] = (reason, runs[-1][1] + 1)
        else:
            runs.append((reason, 1))
    return runs
