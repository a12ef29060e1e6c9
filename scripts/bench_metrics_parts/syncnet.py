"""Our lip sync against the package syncnet-python 0.2.3: time of whole pipelines, and results on the same crops.

Time: from a video file to offset, LSE-C and LSE-D on the rendered speech clip, repeated, as it is and enlarged to full
HD. Weights are random and shared. A random S3FD finds no faces: the package runs it on every frame and is then handed
the box of our mesh, found on its own frames outside the clock. Its scores are held low, which spares it the work of
suppressing thousands of boxes.

Results: a random network is not robust to the package's JPEG dump (1.6 KB a frame), so both sides get the same crops,
ten seconds of them, with a last layer that is fitted to the clip and thus has an offset to find. What remains of the
difference is the package's: zeros at the ends of its offset search, and a window that it leaves out.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.io import wavfile

from scripts.bench_metrics_parts.figure import Figure

SPEEDUP_FLOOR = 5.0
CONFIDENCE_CEILING = 0.02
PACKAGE = "syncnet-python 0.2.3"
_SECONDS_REPEATED = 5
"""The clip lasts 2 s."""


def run(quick: bool) -> list[Figure]:
    """Ratios of time and differences of results. Raises ModuleNotFoundError where package or ffmpeg are missing."""
    import syncnet_python  # noqa: F401

    if shutil.which("ffmpeg") is None:
        raise ModuleNotFoundError("the package runs the program ffmpeg, which is not here", name="ffmpeg")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _save_random_weights(folder)
        for size_px in (512, 1080):
            clip = make_clip(folder / f"{size_px}.mkv", size_px, repeats=2 if quick else 4)
            figures.append(_times(clip, folder, size_px, repeats=1 if quick else 2))
        figures += _same_crops(folder)
    return figures


def _times(clip: Path, folder: Path, size_px: int, repeats: int) -> Figure:
    ours, theirs = OurPipeline(folder), PackagePipeline(folder)
    mine, package = [], []
    for _ in range(repeats):
        mine.append(ours.measure(clip))
        package.append(theirs.measure(clip, folder))
    note = f"{min(mine):.1f} s against {min(package):.1f} s of {PACKAGE}, whole pipelines, best of {repeats}"
    return Figure(f"SyncNet, {size_px} px, times as fast", min(package) / min(mine), "x", SPEEDUP_FLOOR, note=note)


def _same_crops(folder: Path) -> list[Figure]:
    """Offset and confidence of both on ten seconds of the same crops and sound."""
    from benchmark.features.lip_sync.distances import summarise_sync, sync_distances
    from benchmark.features.lip_sync.mfcc import mfcc
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures
    from tests.oracles.compare_syncnet import package_evaluate
    from tests.oracles.syncnet_weights import fit_to_sync, random_syncnet, save

    crops, samples = _material()
    network = random_syncnet(crops, mfcc(samples))
    fit_to_sync(network, crops, mfcc(samples))
    weights = save(network, folder / "fitted.model")
    dumped = folder / "crops"
    dumped.mkdir()
    read = []
    for index, crop in enumerate(np.concatenate([crops] * _SECONDS_REPEATED)):
        path = str(dumped / f"{index:06d}.jpg")
        cv2.imwrite(path, crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
        read.append(np.asarray(cv2.imread(path))[..., ::-1])
    samples = np.tile(samples, _SECONDS_REPEATED)
    wavfile.write(dumped / "audio.wav", 16_000, samples)
    offset, confidence, distance = package_evaluate(weights, dumped)
    features = SyncNetFeatures(network)
    complete = (len(samples) - 400) // 160 + 1
    lip, sound = features.lip(np.stack(read)), features.sound(mfcc(samples)[:complete])
    ours = summarise_sync(sync_distances(lip, sound))
    delayed = summarise_sync(sync_distances(lip[4:], sound))  # the picture begins 4 frames later: its sound is late
    values = f"ours {ours.offset_frames:.2f}, {ours.confidence:.3f}, {ours.distance:.3f}"
    note = f"{values}; {PACKAGE} {offset}, {confidence:.3f}, {distance:.3f}; same crops and weights, 10 s"
    relative = abs(ours.confidence / confidence - 1.0)
    shift = abs(delayed.offset_frames - ours.offset_frames + 4)
    return [
        Figure("SyncNet, offset against the package", abs(ours.offset_frames - offset), "frames", 0.5, False, note),
        Figure("SyncNet, LSE-C against the package", relative, "rel", CONFIDENCE_CEILING, False, note),
        Figure("SyncNet, offset of sound 4 frames late", shift, "frames", 0.1, False, "error of the difference"),
    ]


def _material() -> tuple[np.ndarray, np.ndarray]:
    """Crops (RGB) and int16 samples of the rendered speech clip, as our pipeline sees them."""
    from benchmark.features.lip_sync.boxes import crop_face, smooth_boxes, sync_box
    from benchmark.features.lip_sync.mfcc import to_int16
    from feed_dataset.core.faces.networks import FaceNetworks
    from feed_dataset.core.faces.track import track_faces
    from feed_dataset.core.media.audio import read_audio
    from feed_dataset.core.media.video import read_video

    video, audio = read_video(_speech_clip()), read_audio(_speech_clip())
    assert audio is not None and audio.sample_rate_hz == 16_000
    boxes = sync_box(track_faces(video.frames, networks=FaceNetworks.load()).landmarks_px)
    crops = [crop_face(frame, smooth_boxes(boxes, index)) for index, frame in enumerate(video.frames)]
    return np.stack(crops), to_int16(audio.samples)[: len(crops) * 640]


def _speech_clip() -> Path:
    from feed_dataset.layout.mini import MINI_ROOT

    return MINI_ROOT / "S01" / "speech_C.mp4"


def _save_random_weights(folder: Path) -> None:
    from benchmark.features.lip_sync.mfcc import mfcc
    from tests.oracles.compare_syncnet import pictures, speech
    from tests.oracles.syncnet_weights import random_s3fd, random_syncnet, save

    save(random_syncnet(pictures(24), mfcc(speech(24))), folder / "syncnet_v2.model")
    save(random_s3fd(face_bias=-6.0), folder / "sfd_face.pth")


def make_clip(path: Path, size_px: int, repeats: int) -> Path:
    """The rendered speech clip `repeats` times, enlarged; sound uncompressed, so that no encoder delays it."""
    command = ["ffmpeg", "-y", "-loglevel", "error", "-stream_loop", str(repeats - 1), "-i", str(_speech_clip())]
    command += ["-vf", f"scale={size_px}:{size_px}:flags=bicubic", "-c:v", "libx264", "-crf", "14", "-threads", "1"]
    subprocess.run([*command, "-c:a", "pcm_s16le", str(path)], check=True)
    return path


class OurPipeline:
    """From a file to the result, with networks loaded before the clock starts."""

    def __init__(self, folder: Path) -> None:
        from benchmark.features.lip_sync.syncnet import SyncNet, SyncNetFeatures
        from feed_dataset.core.faces.networks import FaceNetworks

        self._faces = FaceNetworks.load()
        self._network = SyncNetFeatures(SyncNet.from_file(folder / "syncnet_v2.model"))

    def measure(self, clip: Path) -> float:
        """Seconds."""
        from benchmark.features.lip_sync.distances import summarise_sync, sync_distances
        from benchmark.features.lip_sync.lips import LipSession
        from benchmark.features.lip_sync.mfcc import mfcc, to_int16
        from benchmark.features.types.extractor import Batch
        from feed_dataset.core.faces.track import track_faces
        from feed_dataset.core.media.audio import read_audio
        from feed_dataset.core.media.video import read_video

        started = time.perf_counter()
        video, audio = read_video(clip), read_audio(clip)
        assert audio is not None and audio.sample_rate_hz == 16_000
        track = track_faces(video.frames, networks=self._faces)
        session = LipSession(self._network, video.pts_s)
        session.push(Batch(video.frames, track.landmarks_px, 0))
        lip = session.finish()
        complete = (len(audio.samples) - 400) // 160 + 1
        sound = self._network.sound(mfcc(to_int16(audio.samples))[:complete])
        summarise_sync(sync_distances(lip, sound))
        return time.perf_counter() - started


class PackagePipeline:
    """The package's `inference`, its detector's answers replaced after it has run."""

    def __init__(self, folder: Path) -> None:
        from syncnet_python.syncnet_pipeline import SyncNetPipeline

        weights = {"s3fd_weights": str(folder / "sfd_face.pth"), "syncnet_weights": str(folder / "syncnet_v2.model")}
        self._pipeline = SyncNetPipeline(weights, device="cpu")
        self._detect = self._pipeline.s3fd.detect_faces

    def measure(self, clip: Path, folder: Path) -> float:
        """Seconds, without those for the boxes."""
        from benchmark.features.lip_sync.boxes import sync_box
        from feed_dataset.core.faces.networks import FaceNetworks
        from feed_dataset.core.faces.track import FaceFollower

        follower = FaceFollower(FaceNetworks.load())
        outside = 0.0

        def detect(image: np.ndarray, **arguments: Any) -> np.ndarray:
            nonlocal outside
            self._detect(image, **arguments)
            started = time.perf_counter()
            face, reason = follower.step(image)
            assert face is not None, reason
            x, y, half = sync_box(face.points_px)
            outside += time.perf_counter() - started
            return np.array([[x - 0.8 * half, y - half, x + 0.8 * half, y + half, 0.99]])

        self._pipeline.s3fd.detect_faces = detect
        with tempfile.TemporaryDirectory(dir=folder) as cache, _silence():
            started = time.perf_counter()
            offsets, *_ = self._pipeline.inference(str(clip), cache_dir=cache)
            seconds = time.perf_counter() - started - outside
        if len(offsets) != 1:
            raise RuntimeError(f"expected one face track in {clip.name} but the package found {len(offsets)}")
        return seconds


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Nothing of the package's programs and prints."""
    kept = os.dup(1), os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            for target, saved in zip((1, 2), kept, strict=True):
                os.dup2(saved, target)
                os.close(saved)
