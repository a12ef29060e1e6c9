"""How speech weights are measured: the map from z to points, who is another speaker, lags and tests."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.sync_mouth import LIP_PAIRS
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from feed_dataset.synthetic.takes.speech_set import SpeechClipFiles
from model.speech.clips import SpeechClip
from scripts.head_motion_parts.planted import clip as nodding
from scripts.validate_speech_mode import _as_long, another, at_rest, heads, main, p_less, shown
from scripts.validation.speech_mode import PointsOfZ, TrueClip, lags_s, opening_in_silence
from scripts.validation.spoken import HZ

FRAMES, Z = 60, 4


def planted(seed: int, matrix: np.ndarray, person: str = "a") -> TrueClip:
    """Somebody whose points move with z by a known law, on a head that turns."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((FRAMES, Z))
    rest = rng.standard_normal((468, 3))
    pose = np.tile(np.eye(4), (FRAMES, 1, 1))
    angle = np.linspace(0, 0.3, FRAMES)
    pose[:, 0, 0], pose[:, 0, 2], pose[:, 2, 0], pose[:, 2, 2] = (
        np.cos(angle),
        np.sin(angle),
        -np.sin(angle),
        np.cos(angle),
    )
    points = rest + ((z - z[:1]) @ matrix).reshape(FRAMES, 468, 3)
    clip = SpeechClip(person, 25.0, torch.zeros(FRAMES, 2), torch.from_numpy(z).float())
    return TrueClip(SpeechClipFiles("x", Path("x.wav"), Path("x.npz"), None), clip, pose, points, "en-us")


def test_the_map_from_z_to_points_is_found_and_puts_them_on_the_turning_head() -> None:
    matrix = 0.1 * np.random.default_rng(9).standard_normal((Z, 468 * 3))
    found = PointsOfZ.fit([planted(seed, matrix) for seed in range(4)])
    assert np.abs(found.matrix - matrix).max() < 0.01
    clip = planted(7, matrix)
    shown, true = found.face(clip, clip.z), clip.face(clip.points)
    assert np.abs(shown.landmarks_px - true.landmarks_px).max() < 1.0
    still = found.face(clip, clip.z[:1].expand(FRAMES, -1))
    assert np.abs(still.landmarks_px - true.landmarks_px).max() > 3.0


def test_another_speaker_is_never_the_same_one() -> None:
    matrix = np.zeros((Z, 468 * 3))
    clips = [planted(n, matrix, person) for n, person in enumerate("aabbc")]
    assert another(clips) == [2, 2, 4, 4, 0]


def test_a_speaker_counts_once() -> None:
    people = [person for person in "abcdefgh" for _ in range(2)]
    ours, others = [0.1] * 16, [0.2 + 0.01 * n for n in range(16)]
    assert p_less(people, ours, others) == pytest.approx(1 / 2**8)
    assert p_less(people, others, ours) == 1.0
    assert p_less(people, [None, *ours[1:]], others) == pytest.approx(1 / 2**8)


def test_what_has_no_value_is_counted() -> None:
    assert shown([0.25, 0.75]) == "0.5" and shown([0.5, None]) == "0.5 (1/2)" and shown([None]) == "none (0/1)"


def test_values_go_back_and_forth_where_they_are_too_short() -> None:
    assert _as_long(torch.arange(3)[:, None], 8)[:, 0].tolist() == [0, 1, 2, 2, 1, 0, 0, 1]


def test_the_true_motion_is_nearest_and_chance_is_averaged(capsys: pytest.CaptureFixture[str]) -> None:
    """Known answer: a generator that knows the truth has no distance, and is nearer than all others for everybody."""
    clips = []
    for number in range(7):
        said = nodding(number, 120)
        clips.append(dataclasses.replace(planted(number, np.zeros((Z, 468 * 3)), f"p{number}"), clip=said))
    known = {one.clip.features.sum().item(): at_rest(one.pose) for one in clips}

    class Knows:
        def sample(self, features: torch.Tensor, seed: int) -> torch.Tensor:
            return known[features.sum().item()]

    heads(SimpleNamespace(head_motion=Knows()), clips, clips)  # type: ignore[arg-type]
    lines = {line.split("|")[1].strip(): line.split("|")[2:6] for line in capsys.readouterr().out.splitlines()}
    assert [float(cell) for cell in lines["speech weights"][::2]] == [0.0, 0.0]
    for name in ("first pose held", "random walk", "another speaker's true motion", "speech weights, another's sound"):
        assert float(lines[name][0]) > 0 and float(lines[name][1]) == pytest.approx(1 / 2**7, rel=0.05)


def mouth(openings: np.ndarray) -> FaceFeatures:
    points = np.zeros((len(openings), 468, 3), np.float32)
    points[:, RIGHT_EYE_OUTER, 0], points[:, LEFT_EYE_OUTER, 0] = -0.5, 0.5
    for _, lower in LIP_PAIRS:
        points[:, lower, 1] = openings
    return FaceFeatures(points, (None,) * len(points), times_s=np.arange(len(points)) / 25)


def test_both_estimates_see_a_late_mouth_and_silence_is_where_nobody_speaks() -> None:
    times_s = np.arange(0, 6, 1 / HZ)
    sound = 0.02 + np.clip(np.sin(2 * np.pi * 0.9 * times_s) + np.sin(2 * np.pi * 1.37 * times_s), 0, None)
    frames_s = np.arange(0, 6, 1 / 25)
    late = mouth(np.interp(frames_s - 0.08, times_s, np.log(sound + 0.02)) + 4)
    levels, change = lags_s([late], [sound])
    assert levels[0] == pytest.approx(0.08, abs=0.021) and change == pytest.approx(0.08, abs=0.021)
    envelope = np.concatenate([np.ones(200), np.zeros(200)])
    opened = mouth(np.where(frames_s[:100] < 2.05, 0.5, 0.1))
    assert opening_in_silence(opened, envelope) == pytest.approx(0.1, abs=1e-6)
    assert opening_in_silence(opened, np.ones(400)) is None


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--run", str(tmp_path), "--model", str(tmp_path)]) == 2
    assert "speech weights" in capsys.readouterr().err
