"""Clips of rendered speech: its exact face points as the teacher's modes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from feed_dataset.synthetic.motion.speech import TimedPhoneme
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.rig.landmarks import world_landmarks
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.speech_set import SpeechClipFiles
from feed_dataset.synthetic.takes.speech_truth import SpeechTruth
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import Origin
from model.speech.head_motion.rotation import ROTATION, to_rotation
from model.speech.sources.rendered import clip_of_rendered, seen_in_front

ORIGIN = Origin("w", "ab", True)


def hear(path: Path, times_s: np.ndarray) -> Tensor:
    """The times themselves."""
    return torch.from_numpy(times_s).float()[:, None].repeat(1, 3)


@pytest.fixture(scope="module")
def truth() -> SpeechTruth:
    """A mouth that opens, and a head that turns meanwhile."""
    head = Head(SharedTopology(level=0, texture_px=64), random_subject(3))
    shown = [Expression({"jawOpen": 0.2 * n}, head_deg=(4.0 * n, 0.0, 0.0)) for n in range(4)]
    geometry = [head.pose(one) for one in shown]
    return SpeechTruth(
        "s", "train", "en-us", "ah", 25.0, np.zeros((4, 1), np.float32), ("jawOpen",),
        np.stack([one.head_matrix for one in geometry]).astype(np.float32), np.zeros((4, 3), np.float32),
        np.zeros((4, 2), np.float32), ("aa",) * 4, (TimedPhoneme("AA", 0.0, 0.16, "aa"),), (), "none",
        np.stack([world_landmarks(one, head) for one in geometry]).astype(np.float32),
    )  # fmt: skip


def test_rendered_speech_is_seen_by_its_points(
    truth: SpeechTruth, tiny_point_model: EMOPortraits, tmp_path: Path
) -> None:
    truth.save(tmp_path / "0000.npz")
    files = SpeechClipFiles("s/0000", tmp_path / "0000.wav", tmp_path / "0000.npz", None)
    clip = clip_of_rendered(files, tiny_point_model, hear, ORIGIN)
    assert clip.person == "s" and clip.z is not None and clip.z.shape == (4, 10)
    assert clip.pose is not None
    turned = to_rotation(clip.pose[3, ROTATION])
    assert torch.rad2deg(torch.arccos((turned.trace() - 1) / 2)).item() == pytest.approx(12, abs=3)
    torch.testing.assert_close(clip.features[:, 0], torch.arange(4) / 25)


def test_the_turn_of_the_head_is_in_the_pose(truth: SpeechTruth) -> None:
    landmarks, pose = seen_in_front(truth, "s/0000")
    assert landmarks.shape == (4, 478, 2) and landmarks[:, :468].abs().max() < 1.3
    turned = pose.rotation[0] @ pose.rotation[3].transpose(0, 1)
    angle = torch.rad2deg(torch.arccos((turned.trace() - 1) / 2)).item()
    assert angle == pytest.approx(12, abs=3)  # some of it is the neck's


def test_rendered_speech_without_points_is_refused(truth: SpeechTruth) -> None:
    with pytest.raises(ModelError, match="expected face points of s/0000 .* make it with `render-speech --landmarks`"):
        seen_in_front(replace(truth, landmarks_world=None), "s/0000")
