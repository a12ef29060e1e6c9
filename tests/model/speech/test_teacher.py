"""What the teacher reads, and what its card says of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from feed_dataset.synthetic.motion.sampling import sample_mouth_states
from feed_dataset.synthetic.rig.head import SharedTopology
from feed_dataset.synthetic.takes.training_set import render_states
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.face_points import POINTS
from model.networks.point_motion import PointMotion
from model.speech.clips import Origin
from model.speech.teacher import keeps_pose_out, origin_of, read_crops, z_of_points
from model.training.data import rendered_poses


def crops(frames: int, side: int = 32) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (frames, side, side, 3), dtype=torch.uint8, generator=draw)


def test_z_is_what_the_motion_encoder_reads(tiny_model: EMOPortraits) -> None:
    z = read_crops(tiny_model, crops(11)).z
    _, expected = tiny_model.read_motion(crops(11)[8:9].movedim(-1, 1).float() / 255)
    torch.testing.assert_close(z[8:9], expected.detach(), atol=1e-5, rtol=1e-4)
    assert z.shape == (11, 8) and not z.requires_grad
    with pytest.raises(ModelError, match=r"expected crops uint8 \[T, 32, 32, 3\]"):
        read_crops(tiny_model, crops(2, 16))


def test_the_card_says_whether_the_pose_is_in_z(tiny_model: EMOPortraits, tiny_point_model: EMOPortraits) -> None:
    assert keeps_pose_out(tiny_point_model) is True and keeps_pose_out(tiny_model) is None
    tiny_model.weights_sha256 = "ab"
    assert origin_of(tiny_model, "w", True) == Origin("w", "ab", True)
    with pytest.raises(ModelError, match="the teacher's card is silent"):
        origin_of(tiny_model, "w")
    for value in (True, False):
        tiny_model.provenance = {"rules": {"pose_pairs": value}}
        assert origin_of(tiny_model, "w").disentangled is value
        with pytest.raises(ModelError, match="expected what the teacher's card says"):
            origin_of(tiny_model, "w", not value)


def test_exact_points_give_the_z_that_pictures_of_them_give(tiny_model: EMOPortraits) -> None:
    """Of the shipped weights, on somebody whom they never saw: what changes with the mouth is the same."""
    teacher = EMOPortraits.from_preset("emoportraits-mini", pretrained=True)
    topology = SharedTopology(level=0, texture_px=128)
    made = render_states(topology, 5, sample_mouth_states(5, seed=1), 256)
    landmarks = torch.from_numpy(made["landmarks478"])
    exact = z_of_points(teacher, landmarks, rendered_poses(made["rotation"], made["translation"], made["scale"]))
    read = read_crops(teacher, torch.from_numpy(made["images"])).z
    assert exact.shape == read.shape
    motion = teacher.motion_encoder
    assert isinstance(motion, PointMotion)
    lips = motion.modes.expression[:, POINTS.index(14), 1] - motion.modes.expression[:, POINTS.index(13), 1]
    changes = [(z - z.mean(0))[:, : motion.modes.count] for z in (exact, read)]
    assert np.corrcoef(*(change.flatten().numpy() for change in changes))[0, 1] > 0.7
    assert np.corrcoef(*((change @ lips).numpy() for change in changes))[0, 1] > 0.95
    with pytest.raises(ModelError, match="expected a teacher that reads face points"):
        z_of_points(tiny_model, landmarks, rendered_poses(made["rotation"], made["translation"], made["scale"]))
