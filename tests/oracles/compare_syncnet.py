"""SyncNet, S3FD, MFCC and the historical procedure against syncnet-python 0.2.3, all on shared random weights."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from scipy.io import wavfile

from benchmark.features.lip_sync.legacy_scores import LegacyResult, legacy_result
from benchmark.features.lip_sync.legacy_tracks import Face, crop_legacy, find_tracks, smoothed
from benchmark.features.lip_sync.mfcc import mfcc, to_int16
from benchmark.features.lip_sync.s3fd import S3FD, S3fdDetector
from benchmark.features.lip_sync.syncnet import SyncNet, SyncNetFeatures
from feed_dataset.core.media.audio import read_audio
from feed_dataset.layout.mini import MINI_ROOT
from scripts.bench_metrics_parts.figure import Figure
from tests.oracles.syncnet_weights import lip_windows, random_s3fd, random_syncnet, save, sound_windows

CLIP = MINI_ROOT / "S01" / "speech_C.mp4"
PACKAGE = "syncnet-python 0.2.3"


def compare(quick: bool) -> list[Figure]:
    """Differences, each with the tolerance that the procedure promises."""
    frames = 40 if quick else 120
    with tempfile.TemporaryDirectory() as folder:
        return [
            *compare_networks(Path(folder), 12 if quick else 32),
            compare_procedure(Path(folder), frames),
            compare_detector(Path(folder), 1 if quick else 4),
            compare_crops(),
        ]


def speech(frames: int) -> np.ndarray:
    """int16 of a rendered speech clip, repeated to last so many frames of 40 ms."""
    audio = read_audio(CLIP)
    assert audio is not None and audio.sample_rate_hz == 16_000
    return np.resize(to_int16(audio.samples), frames * 640)


def pictures(frames: int, seed: int = 0) -> np.ndarray:
    """uint8 [T, 224, 224, 3] RGB: smooth noise that changes from frame to frame."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (frames, 14, 14, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (224, 224), interpolation=cv2.INTER_CUBIC) for one in small])


def compare_networks(folder: Path, frames: int) -> list[Figure]:
    """Features of windows, and the coefficients that go into the sound tower."""
    import python_speech_features
    from syncnet_python.SyncNetModel import S

    crops, samples = pictures(frames), speech(frames + 4)
    rows = mfcc(samples)
    expected_rows = python_speech_features.mfcc(samples, 16_000)
    path = save(random_syncnet(crops, rows), folder / "syncnet_v2.model")
    theirs = S()
    theirs.load_state_dict(torch.load(path, weights_only=True))
    theirs.eval()
    ours = SyncNetFeatures(SyncNet.from_file(path))
    with torch.no_grad():
        lip = theirs.forward_lip(lip_windows(crops)).numpy()
        sound = theirs.forward_aud(sound_windows(rows)).numpy()
    note = f"{PACKAGE}, random weights in one file, {len(lip)} and {len(sound)} windows"
    return [
        Figure("MFCC against python_speech_features", _largest(rows, expected_rows), "", 1e-6, at_least=False),
        Figure("SyncNet lip features", _relative(ours.lip(crops), lip), "rel", 1e-4, at_least=False, note=note),
        Figure("SyncNet sound features", _relative(ours.sound(rows), sound), "rel", 1e-4, at_least=False, note=note),
    ]


def compare_procedure(folder: Path, frames: int) -> Figure:
    """Offset, confidence and distance of the package's `evaluate` on a folder of JPEGs and a sound file."""
    network = random_syncnet(pictures(frames), mfcc(speech(frames)), seed=1)
    dumped = folder / "crops"
    dumped.mkdir()
    read = []
    for index, crop in enumerate(pictures(frames)):
        path = str(dumped / f"{index:06d}.jpg")
        cv2.imwrite(path, crop[..., ::-1])
        read.append(np.asarray(cv2.imread(path))[..., ::-1])
    wavfile.write(dumped / "audio.wav", 16_000, speech(frames))
    offset, confidence, distance = package_evaluate(save(network, folder / "lively.model"), dumped)
    ours = legacy_of_crops(network, np.ascontiguousarray(np.stack(read)), speech(frames))
    difference = max(abs(ours.offset_frames - offset), abs(ours.confidence - confidence), abs(ours.distance - distance))
    note = f"{PACKAGE}: {offset}, {confidence:.3f}, {distance:.3f} of {frames} frames; same JPEGs, sound and weights"
    return Figure("legacy offset, LSE-C, LSE-D (largest)", difference, "", 1e-3, at_least=False, note=note)


def legacy_of_crops(network: SyncNet, crops: np.ndarray, samples: np.ndarray) -> LegacyResult:
    """The script's numbers of ready crops (RGB) and their sound."""
    features = SyncNetFeatures(network)
    count = min(len(crops), len(samples) // 640) - 5
    return legacy_result(features.lip(crops)[:count], features.sound(mfcc(samples))[:count])


def package_evaluate(weights: Path, folder: Path) -> tuple[int, float, float]:
    from syncnet_python.SyncNetInstance import SyncNetInstance
    from syncnet_python.SyncNetModel import S

    network = S()
    network.load_state_dict(torch.load(weights, weights_only=True))
    options = SimpleNamespace(tmp_dir=str(folder), batch_size=20, vshift=15)
    with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        result: tuple[int, float, float] = SyncNetInstance(network, device="cpu").evaluate(options)
    return result


def compare_detector(folder: Path, images: int) -> Figure:
    """Boxes of the package's `detect_faces`; a random network finds "faces" all over a picture."""
    from syncnet_python.detectors import s3fd as package
    from syncnet_python.detectors.s3fd.nets import S3FDNet

    path = save(random_s3fd(face_bias=1.2), folder / "sfd_face.pth")
    network = S3FDNet(device="cpu")
    network.load_state_dict(torch.load(path, weights_only=True))
    theirs, ours = package.S3FD(network, device="cpu"), S3fdDetector(S3FD.from_file(path))
    rng = np.random.default_rng(2)
    worst, count = 0.0, 0
    for _ in range(images):
        image = cv2.resize(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8), (480, 320), interpolation=cv2.INTER_CUBIC)
        expected, got = theirs.detect_faces(image, conf_th=0.9, scales=[0.25]), ours(image)
        count += len(expected)
        worst = max(worst, _largest(got, expected) if len(expected) else float("nan"))
    note = f"{PACKAGE}, random weights in one file, {count} boxes in {images} pictures, px"
    return Figure("S3FD boxes", worst, "px", 1e-2, at_least=False, note=note)


def compare_crops() -> Figure:
    """Tracks and crops of the package from the same frames and detections."""
    frames, detections = moving_face(70)
    faces = [[Face(f["frame"], tuple(f["bbox"])) for f in one] for one in detections]
    ours = find_tracks(faces, [(0, len(frames))], longer_than=50)
    theirs = _package_pipeline()._track([list(one) for one in detections])
    assert len(ours) == len(theirs) == 1
    boxes = _largest(ours[0].boxes_px, theirs[0]["bbox"])
    written = package_crops(theirs[0], frames)
    mine = np.stack([crop_legacy(frames[i], box) for i, box in zip(ours[0].frames, smoothed(ours[0]), strict=True)])
    worst = max(boxes, _largest(mine.astype(float), written.astype(float)))
    return Figure("legacy tracks and crops", worst, "px, levels", 1e-6, at_least=False, note=f"{PACKAGE}, before XVID")


def moving_face(count: int) -> tuple[np.ndarray, list[list[dict[str, Any]]]]:
    """Frames BGR with one detection each that drifts, some missing."""
    rng = np.random.default_rng(3)
    frames = rng.integers(0, 256, (count, 240, 320, 3), dtype=np.uint8)
    detections: list[list[dict[str, Any]]] = []
    for index in range(count):
        x, y, w, h = 60 + index * 0.7, 40 + 3 * np.sin(index), 110 + rng.normal(), 140 + rng.normal()
        box = [float(x), float(y), float(x + w), float(y + h)]
        detections.append([] if index % 9 == 4 else [{"frame": index, "bbox": box, "conf": 0.99}])
    return frames, detections


def _package_pipeline() -> Any:
    from syncnet_python.syncnet_pipeline import PipelineConfig, SyncNetPipeline

    pipeline = SyncNetPipeline.__new__(SyncNetPipeline)  # its networks are not needed
    pipeline.cfg = PipelineConfig()
    return pipeline


def package_crops(track: dict[str, np.ndarray], frames: np.ndarray) -> np.ndarray:
    """What the package hands to its video writer, uint8 [T, 224, 224, 3] BGR."""
    from unittest import mock

    taken: list[np.ndarray] = []
    writer = SimpleNamespace(write=taken.append, release=lambda: None)
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch("cv2.VideoWriter", return_value=writer),
        mock.patch("cv2.VideoWriter_fourcc", return_value=0),
        mock.patch("cv2.imread", side_effect=lambda index: frames[index]),
        mock.patch("subprocess.run"),
        mock.patch("os.remove"),
    ):
        _package_pipeline()._crop(track, list(range(len(frames))), "none.wav", Path(folder) / "cropped" / "0")
    return np.stack(taken)


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max()) if one.shape == other.shape else float("inf")


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return _largest(one, other) / float(np.abs(other).max())
