"""Our model driven by sound and by given head poses, behind the interface of methods."""

from __future__ import annotations

import dataclasses
import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from baselines.interface.errors import DriveError, MethodUnavailable
from baselines.interface.frames import chunks_of, gathered
from baselines.interface.method import Driver, Generated
from baselines.reference import speech_weights as beside
from baselines.reference.emoportraits import EmoPortraits
from baselines.reference.given_poses import to_canonical
from benchmark.cli import main as benchmark_main
from benchmark.engine.controls import controls_of, held_head
from feed_dataset.core.faces.crop import apply_crop
from feed_dataset.core.faces.geometry import head_rotation
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import MINI_ROOT
from model import PRESETS, EMOPortraits
from model.avatar import FaceFinder
from model.avatar.images import resize_square
from model.networks.pose import rotation_from_angles
from model.speech.mel import SAMPLE_RATE_HZ
from tests.model.speech.driving.material import load_loudness, noise, saved

FRAMES = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a tiny model that reads face points, with speech weights of its own."""
    torch.manual_seed(0)
    tiny = dataclasses.replace(
        PRESETS["megaportraits-mini"],
        image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
        identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8, pose_image_px=32, pose_width=8,
        z_dim=10, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16), decoder_channels=16,
        decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4, point_modes=4, point_widths=(4, 8, 8, 8),
        point_close_px=16, warp_basis=0,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tiny")
    EMOPortraits(tiny).save_pretrained(path)
    saved(path / "speech", 10, EMOPortraits.from_pretrained(path).weights_sha256)
    return path


@pytest.fixture
def method(folder: Path, monkeypatch: pytest.MonkeyPatch) -> EmoPortraits:
    monkeypatch.setattr("model.speech.whisper.load_whisper", load_loudness)
    made = EmoPortraits(str(folder))
    made.load("cpu")
    return made


def pictures(count: int, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return np.stack([resize_square(image, 32) for image in coarse])


def heard(seed: int = 0, rate_hz: int = SAMPLE_RATE_HZ, fps: Fraction = Fraction(25)) -> Driver:
    """Sound, and the first frame."""
    audio = Audio(noise(2.0)[:: SAMPLE_RATE_HZ // rate_hz], rate_hz)
    return Driver(None, fps, audio, first_frame=pictures(1)[0], frame_count=FRAMES, seed=seed)


def rotations(count: int, seed: int = 0) -> np.ndarray:  # float64 [T, 3, 3]
    angles = 0.2 * np.random.default_rng(seed).standard_normal((count, 3))
    return rotation_from_angles(torch.from_numpy(angles)).numpy()


def driven(method: EmoPortraits, driver: Driver) -> Generated:
    source = method.prepare(pictures(1, 1)[0])
    return gathered(chunks_of(method.drive(source, driver), driver, has_latents=True))


def test_sound_alone_makes_as_many_frames_as_are_asked_for(method: EmoPortraits) -> None:
    made = driven(method, heard())
    assert made.frames.shape == (FRAMES, 32, 32, 3)
    assert made.latents is not None and made.latents.shape == (FRAMES, 10)
    at_8_khz, at_50 = driven(method, heard(rate_hz=8000)), driven(method, heard(fps=Fraction(50)))
    assert at_8_khz.frames.shape == at_50.frames.shape == made.frames.shape
    assert at_50.latents is not None and np.allclose(at_50.latents[::2], made.latents[:4], atol=1e-5)


def test_one_seed_repeats_and_another_turns_the_head_otherwise(method: EmoPortraits) -> None:
    first, again, other = (driven(method, heard(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.frames, again.frames) and not np.array_equal(first.frames, other.frames)
    assert first.latents is not None and other.latents is not None
    assert np.array_equal(first.latents, other.latents)


def test_the_card_brings_all_controls(method: EmoPortraits) -> None:
    rows, lack = controls_of(method.capabilities, frozenset({"audio"}), is_command=False)
    assert (rows, lack) == (("shuffled-audio", "silent-audio", "still-head"), None)


def test_a_held_head_is_that_of_the_first_frame_whatever_the_seed(method: EmoPortraits) -> None:
    given = rotations(1)[0]
    frames = [driven(method, held_head(heard(seed), given)).frames for seed in (1, 2)]
    assert np.array_equal(frames[0], frames[1])  # the seed moves the head alone
    source, driver = method.prepare(pictures(1, 1)[0]), held_head(heard(), given)
    (motion, _), *_ = method._heard(source, driver)
    read, _ = method._model.read_motion(method._to_model(driver.first_frame[None]))  # type: ignore[index]
    assert torch.allclose(motion.pose.rotation, read.rotation.expand_as(motion.pose.rotation), atol=1e-5)
    assert torch.equal(motion.pose.translation[:1], source.pose.translation)


def test_given_poses_turn_the_head_by_as_much(method: EmoPortraits) -> None:
    given = rotations(FRAMES)
    driver = dataclasses.replace(heard(), pose=given)
    source = method.prepare(pictures(1, 1)[0])
    turned = torch.cat([motion.pose.rotation for motion, _ in method._heard(source, driver)]).double().numpy()
    wanted = to_canonical(given)
    assert np.allclose(turned[0].T @ turned, wanted[0].T @ wanted, atol=1e-5)


def test_given_poses_beside_frames_are_taken_as_they_are(method: EmoPortraits) -> None:
    given, frames = rotations(3), pictures(3)
    source = method.prepare(pictures(1, 1)[0])
    driver = Driver(frames, Fraction(25), pose=given)
    turned = torch.cat([motion.pose.rotation for motion, _ in method._seen(source, driver, frames)])
    assert np.allclose(turned.numpy(), to_canonical(given), atol=1e-6)


def test_the_digest_is_that_of_the_weights_in_use(method: EmoPortraits, folder: Path, tmp_path: Path) -> None:
    assert method.weights_for({"image"}) == method.weights_for({"image", "audio"}) == method.weights_sha256
    other = shutil.copytree(folder, tmp_path / "other")
    (other / "speech" / "README.md").write_text("another card\n")
    assert EmoPortraits(str(other)).weights_for({"audio"}) == method.weights_for({"audio"}) != method.weights_sha256
    saved(other / "speech", 10, method.weights_sha256, seed=1)
    assert EmoPortraits(str(other)).weights_for({"audio"}) != method.weights_for({"audio"})


def test_missing_speech_weights_are_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "shipped_folder", lambda name: tmp_path / "none" / name)
    bare = shutil.copytree(folder, tmp_path / "bare", ignore=shutil.ignore_patterns("speech"))
    method = EmoPortraits(str(bare))
    assert "audio" in method.capabilities.drives
    with pytest.raises(MethodUnavailable, match=r"has no speech weights.*bare/speech \(docs/speech.md\)"):
        method.weights_for({"audio"})
    with pytest.raises(MethodUnavailable, match="has no speech weights"):
        driven(method, heard())


def test_the_card_is_that_of_all_weights(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")

    def say(path: Path, **card: object) -> None:
        settings = json.loads((path / "config.json").read_text())
        settings["provenance"] |= card
        (path / "config.json").write_text(json.dumps(settings))

    say(other, licence="MIT", trained_on=["VoxCeleb2"])
    assert EmoPortraits(str(other)).capabilities.trained_on is None  # nobody knows who speaks
    say(other / "speech" / "expression", licence="CC BY 4.0", trained_on=["HDTF"])
    card = EmoPortraits(str(other)).capabilities
    assert card.trained_on == {"VoxCeleb2", "HDTF"}
    assert card.licence == "MIT; speech weights: CC BY 4.0"


def test_the_card_says_which_languages_the_features_learned(folder: Path, tmp_path: Path) -> None:
    assert EmoPortraits().capabilities.hears == {"English"}
    assert EmoPortraits(str(folder)).capabilities.hears is None, "features of another network"


def test_a_run_without_speech_weights_ends_before_it_begins(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(beside, "shipped_folder", lambda name: tmp_path / "none" / name)
    bare = shutil.copytree(folder, tmp_path / "bare", ignore=shutil.ignore_patterns("speech"))
    given = ["--protocol", "feed-mini-sound", "--method", "emoportraits", "--model", str(bare), "--dry-run"]
    assert benchmark_main(["run", *given, "--out", str(tmp_path / "run")]) == 2
    assert "error: emoportraits has no speech weights" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert benchmark_main(["run", *given[:5], str(folder), "--dry-run", "--out", str(tmp_path / "run")]) == 0
    assert "emoportraits+still-head" in capsys.readouterr().out


def test_speech_weights_of_another_model_are_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    saved(other / "speech", 10, "ab" * 32)
    with pytest.raises(MethodUnavailable, match="but they were trained for abababababab"):
        EmoPortraits(str(other))
    (other / "speech" / "expression" / "config.json").write_text("{")
    with pytest.raises(MethodUnavailable, match="settings of an audio encoder"):
        EmoPortraits(str(other))


def test_a_protocol_that_withholds_both_is_an_error(method: EmoPortraits) -> None:
    with pytest.raises(DriveError, match="the protocol withholds both"):
        driven(method, heard().limited_to({"pose"}))


def test_given_poses_have_the_axes_in_which_the_shipped_model_reads_heads() -> None:
    """Of rendered people from three sides: the face mesh and the model's own reader agree, and not by chance."""
    method, finder = EmoPortraits(), FaceFinder()
    try:
        assert finder.networks
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    apart_deg, mirrored_deg = [], []
    for camera in "CLR":
        frame = read_video(MINI_ROOT / "S05" / f"speech_{camera}.mp4").frames[:1]
        crop = apply_crop(frame, finder.choose(frame[0]).crop(frame.shape[1:3]), 256)
        given = head_rotation(finder.choose(crop[0]).landmarks_px[None])
        read, _ = method._model.read_motion(method._to_model(crop))
        found = read.rotation[0].detach().double().numpy()
        apart_deg.append(angle_deg(found, to_canonical(given)[0]))
        mirrored_deg.append(angle_deg(found, given[0]))
    assert max(apart_deg) < 10
    assert max(mirrored_deg) > 30


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1))))
