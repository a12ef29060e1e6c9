"""`crosscheck` calls insightface and syncnet-python as it says, with shared random weights: they say what we say."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmark.crosscheck import identity, lip_sync, syncnet_program
from benchmark.crosscheck.material import Material
from benchmark.crosscheck.unavailable import NotHere
from benchmark.metrics.identity import cosine_similarity
from benchmark.pairing.names import pair_by_stem
from feed_dataset.core.media.video import Audio, read_audio, read_video, write_video

FRAMES = 104
CLIP = Path("feed_dataset/mini/S01/speech_C.mp4")


@pytest.fixture
def on(tmp_path: Path) -> Material:
    """A rendered clip as the reference, and its first half at half speed as what was generated."""
    frames = read_video(CLIP).frames[:6]
    for side, shown in (("g", frames.repeat(2, axis=0)[:6]), ("r", frames)):
        (tmp_path / side).mkdir()
        write_video(tmp_path / side / "a.mp4", shown, Fraction(25), crf=1)
    return Material(pair_by_stem(tmp_path / "g", tmp_path / "r"), tmp_path / "made")


def test_arcface_of_the_same_points_is_csim(on: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("insightface", "onnxruntime", "onnx"):
        pytest.importorskip(package, reason=f"{package} is not installed: extra oracles")
    from benchmark.features.models import ModelCache
    from benchmark.features.networks.arcface import ArcFace
    from benchmark.features.networks.onnx import OnnxNetwork
    from tests.oracles.compare_faces import save_arcface

    save_arcface(tmp_path / "random.onnx")
    monkeypatch.setattr(identity, "resolve", lambda name, **_: tmp_path / "random.onnx")
    describe, models = ArcFace(OnnxNetwork(tmp_path / "random.onnx")), ModelCache()

    def descriptors(frames: np.ndarray) -> np.ndarray:
        return describe(frames, models.track(frames).landmarks_px)

    ((_, pairs),) = on.frames()
    generated, reference = (np.stack(side) for side in zip(*pairs, strict=True))
    values = cosine_similarity(descriptors(generated), descriptors(reference[:1])[0])
    assert identity.csim_of_our_points(on) == pytest.approx(float(values.mean()), rel=1e-5)


def test_a_pack_that_is_not_here_is_not_fetched(on: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("insightface", reason="insightface is not installed: extra oracles")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NotHere, match=r"needs its models in .*buffalo_l"):
        identity.csim_of_its_pack(on)
    assert not (tmp_path / ".insightface").exists()


def test_the_pipeline_of_syncnet_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a face box in place of the detector: encoding, tracks, crops and numbers are both sides' own."""
    for package in ("syncnet_python", "python_speech_features", "scenedetect"):
        pytest.importorskip(package, reason=f"{package} is not installed: extra oracles")
    from syncnet_python.detectors.s3fd import S3FD

    from benchmark.features.lip_sync.legacy import LegacySession
    from benchmark.features.lip_sync.legacy_scores import score_tracks
    from benchmark.features.lip_sync.legacy_tracks import FaceTrack, crop_legacy, smoothed
    from benchmark.features.lip_sync.mfcc import mfcc, to_int16
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures
    from benchmark.features.types.extractor import Batch
    from tests.oracles.compare_syncnet import pictures, speech
    from tests.oracles.syncnet_weights import fit_to_sync, random_s3fd, random_syncnet, save

    clip = read_video(CLIP).frames[:20]
    height, width = clip.shape[1:3]
    there_and_back = np.resize(np.concatenate([clip, clip[-2:0:-1]]), (FRAMES, *clip.shape[1:]))  # no cuts
    grey = np.stack([cv2.resize(one.mean(axis=2), (width, height)) for one in pictures(FRAMES, seed=4)])
    frames = (0.7 * there_and_back + 0.3 * grey[..., None]).astype(np.uint8)  # no frame is seen twice
    box = np.array([[0.2 * width, 0.2 * height, 0.75 * width, 0.85 * height, 0.99]])
    video = tmp_path / "a.mp4"
    write_video(video, frames, Fraction(25), audio=Audio(speech(FRAMES).astype(np.float32) / 32768, 16_000), crf=4)
    heard = read_audio(video)
    assert heard is not None
    samples = to_int16(heard.samples)
    face = FaceTrack(np.arange(FRAMES), np.tile(box[:, :4], (FRAMES, 1)))
    crops = np.stack([crop_legacy(frame, place) for frame, place in zip(frames, smoothed(face), strict=True)])
    network = random_syncnet(crops, mfcc(samples), seed=2)
    fit_to_sync(network, crops, mfcc(samples))
    weights = [str(save(one, tmp_path / name)) for name, one in (("s", random_s3fd(face_bias=-5)), ("n", network))]

    monkeypatch.setattr(S3FD, "detect_faces", lambda self, image, **_: box)
    syncnet_program.main(str(tmp_path / "answers.json"), *weights, str(lip_sync.LONGER_THAN), str(video))
    ((track,),) = json.loads((tmp_path / "answers.json").read_text())

    features, late = SyncNetFeatures(network), frames_late(video, tmp_path)
    shown = frames[np.maximum(np.arange(FRAMES + late) - late, 0)]
    session = LegacySession(lambda image: box, features, np.arange(len(shown)) / 25, width, height)  # type: ignore[arg-type]
    session.push(Batch(shown, np.full((len(shown), 468, 3), np.nan, np.float32), 0))
    (ours,) = score_tracks(session.finish(), features.sound(mfcc(samples)))
    assert track == pytest.approx([ours.offset_frames, ours.confidence, ours.distance], rel=0.03)


def frames_late(video: Path, folder: Path) -> int:
    """By how many frames the first step of the historical script moves pictures, with the ffmpeg that is here."""
    moved, images = folder / "moved.avi", folder / "moved"
    images.mkdir()
    start = ["ffmpeg", "-loglevel", "error", "-i"]
    subprocess.run([*start, str(video), "-q:v", "2", "-async", "1", "-r", "25", str(moved)], check=True)
    subprocess.run([*start, str(moved), "-q:v", "2", "-f", "image2", str(images / "%06d.jpg")], check=True)
    return len(list(images.iterdir())) - FRAMES
