"""Sets of rendered speech: made once, gone on with, read again. With a stand-in where eSpeak NG is not needed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.cli import main
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.reader import open_reader
from feed_dataset.synthetic.takes import speech_pictures
from feed_dataset.synthetic.takes.speech_set import ClipJob, SpeechSettings, clips_of, render_speech
from feed_dataset.synthetic.takes.speech_truth import SpeechTruth, SpeechTruthError
from feed_dataset.synthetic.voices import clips as clips_module
from feed_dataset.synthetic.voices.clips import speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak, Said, Voice
from feed_dataset.synthetic.voices.speakers import choose_speakers

RATE_HZ = 16_000


class Tone(Espeak):
    """Says "mama" whatever it is asked for: a tone with two pauses of the lips."""

    def say(self, text: str, voice: Voice, *, timeout_s: float = 1.0) -> Said:
        times_s = np.arange(round(0.8 * RATE_HZ)) / RATE_HZ
        phonemes = ((0.0, "m"), (0.1, "ˈa"), (0.4, "m"), (0.5, "a"), (0.8, ""))
        return Said(0.5 * np.sin(2 * np.pi * 120 * times_s).astype(np.float32), RATE_HZ, phonemes, "0")


TONE = Tone("none")
SPEAKERS = choose_speakers(2, part="test")


def made(out: Path, settings: SpeechSettings, clips: int = 2) -> list[tuple[str, bool]]:
    told: list[tuple[str, bool]] = []
    render_speech(out, SPEAKERS, clips, settings, espeak=TONE, on_clip=lambda *what: told.append(what))
    return told


def test_a_set_is_made_once_and_read_again(tmp_path: Path) -> None:
    assert [now for _, now in made(tmp_path, SpeechSettings())] == [True] * 4
    assert [now for _, now in made(tmp_path, SpeechSettings())] == [False] * 4
    (tmp_path / f"{SPEAKERS[0].name}/0001.wav").unlink()
    assert sum(now for _, now in made(tmp_path, SpeechSettings())) == 1
    assert sum(now for _, now in made(tmp_path, SpeechSettings(fps=50))) == 4
    found = clips_of(tmp_path)
    assert len(found) == 4 and all(one.pictures is None for one in found)
    truth, audio = found[0].truth(), found[0].audio()
    assert truth.fps == 50 and truth.part == "test"
    assert audio.duration_s == pytest.approx(len(truth) / truth.fps, abs=1e-3)
    assert truth.coefficients.shape == (len(truth), 52) and truth.head_pose.shape == (len(truth), 4, 4)
    rotations = truth.head_pose[:, :3, :3].astype(np.float64)
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-5)


def test_a_truth_round_trips(tmp_path: Path) -> None:
    made(tmp_path, SpeechSettings(), clips=1)
    truth = clips_of(tmp_path)[0].truth()
    points = np.zeros((len(truth), 478, 3), np.float32)
    replace(truth, landmarks_world=points).save(tmp_path / "other.npz")
    again = SpeechTruth.load(tmp_path / "other.npz")
    assert again.landmarks_world is not None and again.landmarks_world.shape == points.shape
    assert again.phonemes == truth.phonemes and again.visemes == truth.visemes
    assert np.array_equal(again.coefficients, truth.coefficients)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"x" * 200])
def test_a_damaged_truth_is_one_line(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "0000.npz").write_bytes(damage)
    with pytest.raises(SpeechTruthError, match=r"expected the truth of a spoken clip in .*0000\.npz but got: "):
        SpeechTruth.load(tmp_path / "0000.npz")


def test_no_set_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"expected rendered speech with speech\.json in"):
        clips_of(tmp_path)


def test_a_clip_begins_and_ends_in_silence_with_the_mouth_shut() -> None:
    clip = speak_clip(TONE, SPEAKERS[0], 0, sentences=1, fps=25)
    first, last = clip.take.expressions[0].coefficients, clip.take.expressions[-1].coefficients
    assert clip.take.visemes[0] == clip.take.visemes[-1] == "sil"
    assert {name for name in (*first, *last) if name.startswith(("mouth", "jaw"))} == set()
    assert 0 < np.abs(clip.utterance.samples[: round(0.19 * RATE_HZ)]).max() < 0.02


def test_sentences_have_pauses_of_a_shut_mouth_between_them() -> None:
    clip = speak_clip(TONE, SPEAKERS[0], 3, sentences=4, fps=25)
    phonemes = clip.utterance.phonemes
    pauses = [b.end_s - b.start_s for b in phonemes if b.viseme == "sil"]
    assert len(pauses) == 5 and all(0.1 <= one <= 1.21 for one in pauses[1:-1]) and len(set(pauses)) == 5
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(phonemes))
    assert phonemes[-1].end_s == pytest.approx(len(clip.take.expressions) / 25)
    assert len(clip.stresses_s) == 4


def test_pictures_carry_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips_module, "_EDGE_S", (0.01, 0.02))
    job = ClipJob(tmp_path, TONE, SPEAKERS[0], 0, SpeechSettings(sentences=1, fps=4, size_px=64))
    job.run(None)
    truth = SpeechTruth.load(job.truth)
    assert truth.landmarks_world is not None
    with open_reader(job.pictures) as reader:
        assert reader.index.frame_count == len(truth) == 4
    assert job.is_done() and not replace(job, settings=SpeechSettings(sentences=1, fps=4)).is_done()
    clip = speak_clip(TONE, SPEAKERS[0], 0, sentences=1, fps=4)
    bare = speech_pictures.landmarks_of(SPEAKERS[0].subject, clip)
    assert np.array_equal(bare, truth.landmarks_world), "without hair they are the same"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--size", "63"], "expected an even size of 64 to 2048 px"),
        (["--sentences", "99"], "expected 1 to 20 sentences"),
        (["--language", "klingon"], "klingon"),
        (["--seed", "-1"], "a seed of 0 or more"),
    ],
)
def test_wrong_values_are_one_line(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Espeak, "find", classmethod(lambda cls: TONE))
    assert main(["render-speech", "--out", str(tmp_path / "out"), *arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error and len(error.strip().splitlines()) == 1
