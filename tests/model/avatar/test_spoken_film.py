"""`animate --speech`: a photo driven by sound, alone and beside videos; random speech weights that hear loudness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.media.audio import read_audio, write_wave
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import probe, read_video, write_video
from model.avatar import Avatar, FaceFinder
from model.avatar.motion import Motion, join
from model.cli import main
from model.networks.config import ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech import SoundShares, SpeechDriver, load_speech
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import sound_of
from scripts.click_and_flash import BURST_S, QUICK, Case, read_back, write
from tests.model.speech.driving.material import MOUTH, load_loudness, noise, saved, speech_weights

LATE = (Case("mp4", "aac", sound_from_s=0.4), Case("matroska", "aac", pictures_from_s=0.4))
SECONDS = 0.12
FRAMES = 3


@pytest.fixture(autouse=True)
def _hears_loudness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.speech.whisper.load_whisper", load_loudness)


@pytest.fixture(scope="module")
def model(tiny_config: ModelConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator of 32 px with random weights, in which what z does can be seen."""
    torch.manual_seed(0)
    made = EMOPortraits(tiny_config)
    with torch.no_grad():
        for parameter in made.mixer.parameters():
            parameter.mul_(3)
    path = tmp_path_factory.mktemp("model")
    made.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def avatar(model: Path, photo_path: Path, finder: FaceFinder) -> Avatar:
    return Avatar(photo_path, model, finder=finder)


@pytest.fixture(scope="module")
def weights(avatar: Avatar, model: Path) -> Path:
    return saved(model / "speech", avatar.model.config.z_dim, avatar.model.weights_sha256)


@pytest.fixture(scope="module")
def speech_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "speech.wav"
    write_wave(path, noise(SECONDS), SAMPLE_RATE_HZ)
    return path


def speak(photo: Path, speech: Path, weights: Path, out: Path, *more: str) -> int:
    given = ("--source", str(photo), "--speech", str(speech), "--speech-model", str(weights), "--out", str(out))
    return main(["animate", *given, "--model", str(weights.parent), "--layout", "crop", *more])


def frames_of(path: Path) -> np.ndarray:
    return read_video(path).frames.astype(int)


def test_a_photo_and_sound_become_a_video_with_that_sound(
    photo_path: Path, speech_path: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = {}
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        outs[name] = tmp_path / f"{name}.mp4"
        assert speak(photo_path, speech_path, weights, outs[name], "--seed", str(seed)) == 0
    info = probe(outs["first"])
    assert (info.frame_count, info.has_audio) == (FRAMES, True) and info.fps == 25
    assert "first.mp4: 3 frames at 25 fps, 32 x 32, sound of speech.wav" in capsys.readouterr().out
    assert outs["first"].read_bytes() == outs["again"].read_bytes() != outs["other"].read_bytes()


def test_shares_of_nothing_leave_the_videos_alone(
    photo_path: Path, driver_path: Path, weights: Path, tmp_path: Path
) -> None:
    plain, none, mouth = tmp_path / "plain.mp4", tmp_path / "none.mp4", tmp_path / "mouth.mp4"
    speech_path = tmp_path / "as_long.wav"
    write_wave(speech_path, noise(7 / 25), SAMPLE_RATE_HZ)
    shared = ("--driver", str(driver_path))
    given = ("--source", str(photo_path), "--model", str(weights.parent), "--layout", "crop")
    assert main(["animate", *given, *shared, "--out", str(plain)]) == 0
    assert speak(photo_path, speech_path, weights, none, *shared, "--sound-share", "mouth=0") == 0
    assert speak(photo_path, speech_path, weights, mouth, *shared) == 0
    assert np.array_equal(frames_of(none), frames_of(plain))
    assert np.abs(frames_of(mouth) - frames_of(plain)).mean() > 1


def test_a_pose_driver_and_sides_by_side(
    photo_path: Path, driver_path: Path, speech_path: Path, weights: Path, tmp_path: Path
) -> None:
    posed, alone = tmp_path / "posed.mp4", tmp_path / "alone.mp4"
    assert speak(photo_path, speech_path, weights, posed, "--pose-driver", str(driver_path), "--side-by-side") == 0
    assert speak(photo_path, speech_path, weights, alone, "--side-by-side", "--audio", str(driver_path)) == 0
    assert (probe(posed).width_px, probe(alone).width_px) == (3 * 32, 2 * 32)
    still = tmp_path / "still.mp4"
    assert (
        speak(photo_path, speech_path, weights, still, "--driver", str(photo_path)) == 0
    )  # one picture drives the rest
    assert probe(still).frame_count == FRAMES


def test_a_video_gives_the_rate_and_speech_the_length(
    photo_path: Path, clip: np.ndarray, weights: Path, tmp_path: Path
) -> None:
    """A driver of 50 frames/s that ends early holds its last frame; one file may be both."""
    both, out = tmp_path / "both.mp4", tmp_path / "out.mp4"
    write_video(both, clip[:3], 50, audio=Audio(noise(0.1), SAMPLE_RATE_HZ), preset="ultrafast")
    sound = read_audio(both, None)
    assert sound is not None
    assert speak(photo_path, both, weights, out, "--driver", str(both)) == 0
    assert probe(out).fps == 50 and probe(out).frame_count == round(50 * (sound.start_s + sound.duration_s)) > 3


def test_a_click_is_in_the_result_when_it_is_in_the_sound(photo_path: Path, weights: Path, tmp_path: Path) -> None:
    """And z changes first in the frame that hears it: `Loudness` hears a position on either side."""
    samples = np.zeros(SAMPLE_RATE_HZ // 5, np.float32)
    samples[1600:1680] = 0.8
    wav, out = tmp_path / "click.wav", tmp_path / "out.mp4"
    write_wave(wav, samples, SAMPLE_RATE_HZ)
    assert speak(photo_path, wav, weights, out) == 0
    heard = read_audio(out)
    assert heard is not None
    loud = np.flatnonzero(np.abs(heard.samples) > 0.4) / heard.sample_rate_hz
    assert loud[0] == pytest.approx(0.1, abs=2e-3) and loud[-1] == pytest.approx(0.105, abs=2e-3)


@pytest.mark.parametrize("case", (*QUICK, *LATE), ids=lambda case: case.name)
def test_a_click_is_heard_and_seen_at_once(
    case: Case, photo_path: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the result of any file, when it is in that file: the picture is as bright as z is away from silence."""
    silent: list[torch.Tensor] = []

    def flash(avatar: Avatar, motion: Motion) -> np.ndarray:
        if not silent:
            silent.append(motion.z[-1:])
        away = (motion.z - silent[0]).norm(dim=1).numpy()
        grey = np.clip(60 * away, 0, 255).astype(np.uint8)
        return np.tile(grey[:, None, None, None], (1, avatar.side_px, avatar.side_px, 3))

    monkeypatch.setattr(Avatar, "render", flash)
    path, out = tmp_path / f"clip.{case.container}", tmp_path / "out.mp4"
    write(case, path)
    assert speak(photo_path, path, weights, out, "--sound-share", "pose=0") == 0
    (was_s, _), (click_s, flash_s) = read_back(path), read_back(out)
    assert click_s == pytest.approx(was_s, abs=2e-3)
    assert abs(flash_s - (click_s + BURST_S / 2)) <= 0.5 / 25 + 2e-3


def test_the_face_moves_with_a_click(avatar: Avatar, weights: Path) -> None:
    """In the frame of its time, and in none before it."""
    samples = 1e-3 * np.random.default_rng(0).standard_normal(2 * SAMPLE_RATE_HZ).astype(np.float32)
    samples[-160:] = 0.9  # the loudest moment, by which silence is cut off, is in both
    clicked = samples.copy()
    clicked[SAMPLE_RATE_HZ - 80 : SAMPLE_RATE_HZ + 80] += 0.8
    model = load_speech(weights)
    drivers = [SpeechDriver(model, sound_of(one, 0.0)) for one in (samples, clicked)]
    still, moved = (join(list(d.motions(d.times_s(), avatar.motion))).z for d in drivers)
    change = (moved - still).abs().amax(1)
    assert int(change.argmax()) == 25 and change[:24].max() < 0.02 * change[25]


def test_avatars_speak_from_python(avatar: Avatar, clip: np.ndarray, weights: Path, speech_path: Path) -> None:
    speech, clip = SpeechDriver(load_speech(weights), speech_path, seed=1), clip[:FRAMES]
    alone, beside = avatar.speak(speech), avatar.speak(speech, clip)
    assert alone.frames.shape == beside.frames.shape == (FRAMES, 32, 32, 3)
    assert torch.allclose(alone.motion.z[:, :MOUTH], beside.motion.z[:, :MOUTH], atol=1e-5)
    plain = avatar.drive(clip)
    assert torch.allclose(plain.motion.z[:, MOUTH:], beside.motion.z[:, MOUTH:], atol=1e-5)
    assert torch.equal(plain.motion.pose.rotation, beside.motion.pose.rotation)
    held = avatar.speak(speech, expression=0.0)
    assert torch.allclose(held.motion.z, avatar.motion.z.expand(FRAMES, -1), atol=1e-6)
    posed = avatar.speak(speech, pose_frames=clip)
    assert torch.equal(posed.motion.pose.rotation, plain.motion.pose.rotation)
    assert torch.equal(posed.motion.z, alone.motion.z)
    still = SpeechDriver(load_speech(weights), speech_path, shares=SoundShares(pose=0.0))
    assert torch.equal(avatar.speak(still).motion.pose.rotation, avatar.motion.pose.rotation.expand(FRAMES, -1, -1))
    with pytest.raises(ModelError, match="expected 3 frames, as the sound has, but got 2"):
        avatar.speak(speech, clip[:2])


def test_speech_weights_of_another_model_are_refused(avatar: Avatar, speech_path: Path) -> None:
    other = speech_weights(avatar.model.config.z_dim, "ab" * 32)
    with pytest.raises(ModelError, match=r"\(abababababab\) but got .*: z of one model means nothing to another"):
        avatar.speak(SpeechDriver(other, speech_path))


def test_wrong_requests_are_one_line(
    photo_path: Path, speech_path: Path, driver_path: Path, weights: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out.mp4"

    def wrong(*arguments: str) -> str:
        assert main(["animate", "--source", str(photo_path), "--out", str(out), *arguments]) == 2
        assert not out.exists()
        (line,) = capsys.readouterr().err.strip().splitlines()
        return line

    speech, model = ("--speech", str(speech_path)), ("--speech-model", str(weights), "--model", str(weights.parent))
    assert "--driver VIDEO or --speech FILE, but got neither" in wrong()
    assert "expected --speech with --seed" in wrong("--driver", str(driver_path), "--seed", "1")
    assert "expected --driver with --weights" in wrong(*speech, *model, "--weights", "1")
    assert "nowhere" in wrong(*speech, "--speech-model", str(tmp_path / "nowhere"))
    assert "share of sound in mouth from 0 to 1" in wrong(*speech, *model, "--sound-share", "mouth=2")
    assert "REGION=S such as" in wrong(*speech, *model, "--sound-share", "mouth")
    assert "did you mean 'upper'" in wrong(*speech, *model, "--sound-share", "uper=1")
    assert "expected each region of --sound-share once but got upper twice" in wrong(
        *speech, *model, "--sound-share", "upper=0.2", "upper=0.4"
    )
    assert "seed of at least 0" in wrong(*speech, *model, "--seed", "-1")
    assert "expected --speech with --blinks" in wrong("--driver", str(driver_path), "--blinks", "1")
    silent = tmp_path / "silent.mp4"
    write_video(silent, np.zeros((2, 16, 16, 3), np.uint8), 25)
    assert "it has no sound stream" in wrong("--speech", str(silent), *model)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--seed", "-1"), "seed of at least 0"),
        (("--blinks", "61"), "60 blinks a minute but got 61"),
        (("--blinks", "nan"), "60 blinks a minute but got nan"),
        (("--expression", "nan"), "expected finite expression but got nan"),
        (("--max-side", "3"), "--max-side of at least 16 px"),
        (("--speech", "none.wav"), "there is no such file"),
    ],
)
def test_what_is_wrong_by_itself_is_said_before_networks_are_loaded(
    more: tuple[str, str], words: str, speech_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, model, out = (str(tmp_path / name) for name in ("no-photo.png", "no-model", "out.mp4"))
    arguments = ["animate", "--source", photo, "--model", model, "--out", out, "--speech", str(speech_path), *more]
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
