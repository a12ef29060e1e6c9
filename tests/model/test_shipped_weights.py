"""What the weights in the package can do, on held-out synthetic people that training never rendered."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pytest
import torch

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.faces.crop import apply_crop, crop_box, to_crop
from feed_dataset.core.media.video import read_video
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from feed_dataset.synthetic.takes.training_set import model_pose
from model import EMOPortraits
from model.avatar.motion import Motion
from model.networks.face_points import POINTS, SKIN_POINTS
from model.networks.point_motion import PointMotion
from model.networks.pose import HeadPose

SIDE_PX = 256
UPPER_LIP, LOWER_LIP = POINTS.index(13), POINTS.index(14)


@pytest.fixture(scope="module")
def model() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True)


class Take:
    """Every fifth frame of one centre-camera clip, cropped as the benchmark crops, with its truth."""

    def __init__(self, clip_id: str) -> None:
        clip = open_catalog().clip(clip_id)
        assert clip.ground_truth is not None
        truth = GroundTruth.load(clip.ground_truth)
        index = slice(0, None, 5)
        frames, landmarks = read_video(clip.path).frames[index], truth.landmarks_px(clip.camera)[index]
        box = crop_box(landmarks[0, :468], (frames.shape[1], frames.shape[2]))
        self.frames = apply_crop(frames, box, SIDE_PX)
        self.landmarks = to_crop(landmarks, box, SIDE_PX)[..., :2] / SIDE_PX * 2 - 1
        self.coefficients = dict(zip(truth.coefficient_names, truth.coefficients[index].T, strict=True))
        camera = truth.cameras[clip.camera].with_crop(box.x0, box.y0, box.side, SIDE_PX)
        self.rotations = np.stack([model_pose(matrix, camera)[0] for matrix in truth.head_pose[index]])

    @property
    def tensor(self) -> torch.Tensor:
        return torch.from_numpy(self.frames).permute(0, 3, 1, 2).float() / 255


take = cache(Take)


def turn_deg(rotation: np.ndarray, other: np.ndarray) -> np.ndarray:  # [T, 3, 3] each -> [T]
    trace = np.einsum("tij,tij->t", rotation, other)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


@torch.inference_mode()
def driven(model: EMOPortraits, source: torch.Tensor, frames: torch.Tensor) -> tuple[torch.Tensor, Motion, HeadPose]:
    """Pictures of a source in what changes since a driver's first frame, and that motion; the head is held still."""
    identity = model.encode_source(source)
    motion = Motion(*model.read_motion(frames)[::-1])
    motion = motion.relative(motion[slice(0, 1)], Motion(identity.z, identity.pose))
    still = Motion(identity.z, identity.pose)
    motion = motion.with_pose_of(still)
    return model.render(identity, motion.z, motion.pose), motion, identity.pose


def test_weights_are_small_enough_to_ship() -> None:
    folder = resources.files("model") / "weights" / "emoportraits-mini"
    assert len((folder / "model.safetensors").read_bytes()) < 30e6


@pytest.mark.parametrize("clip", ["S05/random_C", "S08/random_C", "S03/random_C"])
@torch.inference_mode()
def test_face_points_of_unseen_people_are_read(model: EMOPortraits, clip: str) -> None:
    """Within a hundredth of the picture on average."""
    truth = torch.from_numpy(take(clip).landmarks[:, list(POINTS[:SKIN_POINTS])]).float()
    assert isinstance(model.motion_encoder, PointMotion)
    frames = take(clip).tensor
    read = model.motion_encoder.read(frames, model.pose_net(frames)).points
    assert (read - truth).norm(dim=-1).mean() / 2 < 0.01


@pytest.mark.parametrize("subject", ["S05", "S07"])
@torch.inference_mode()
def test_head_pose_of_unseen_people_is_read_to_a_few_degrees(model: EMOPortraits, subject: str) -> None:
    clip = take(f"{subject}/rotations_C")
    pose, _ = model.read_motion(clip.tensor)
    error = turn_deg(pose.rotation.transpose(1, 2).numpy(), clip.rotations)
    turned = turn_deg(clip.rotations, np.repeat(clip.rotations[:1], len(clip.rotations), 0))
    assert turned.max() > 15
    assert error.mean() < 5


@pytest.mark.parametrize("subject", ["S05", "S08"])
@torch.inference_mode()
def test_a_turned_head_is_rendered_closer_to_the_truth_than_the_source_is(model: EMOPortraits, subject: str) -> None:
    clip = take(f"{subject}/rotations_C")
    turned = turn_deg(clip.rotations, np.repeat(clip.rotations[:1], len(clip.rotations), 0)) > 12
    output = model.drive(model.encode_source(clip.tensor[:1]), clip.tensor[turned]).image
    truth = clip.tensor[turned]
    assert (output - truth).abs().mean() < 0.8 * (clip.tensor[:1] - truth).abs().mean()


@pytest.mark.parametrize("driver", ["S05", "S07"])
def test_an_open_mouth_reaches_another_person(model: EMOPortraits, driver: str) -> None:
    """With the head held still, the driver's opening mouth changes the source's mouth more than the rest of it."""
    source, clip = take("S08/random_C"), take(f"{driver}/random_C")
    widest = int(clip.coefficients["jawOpen"].argmax())
    assert clip.coefficients["jawOpen"][widest] > 0.4
    (closed, opened), _, _ = driven(model, source.tensor[:1], clip.tensor[[0, widest]])
    lips = ((source.landmarks[0, [13, 14]].mean(axis=0) + 1) / 2 * SIDE_PX).round().astype(int)
    region = (slice(None), slice(lips[1] - 4, lips[1] + 24), slice(lips[0] - 16, lips[0] + 18))
    change = (opened - closed).abs()
    assert change[region].mean() > 3 * change.mean()


@pytest.mark.parametrize("subject", ["S05", "S08"])
@torch.inference_mode()
def test_z_tells_how_far_a_mouth_is_open(model: EMOPortraits, subject: str) -> None:
    """Of somebody else: what the modes of z say of the gap between the lips goes with the truth."""
    clip = take(f"{subject}/random_C")
    _, z = model.read_motion(clip.tensor)
    assert isinstance(model.motion_encoder, PointMotion)
    modes = model.motion_encoder.modes
    gap = torch.einsum(
        "tk,kc->tc", z[:, : modes.count], modes.expression[:, LOWER_LIP] - modes.expression[:, UPPER_LIP]
    )
    truth = np.linalg.norm(clip.landmarks[:, 14] - clip.landmarks[:, 13], axis=-1)
    assert np.corrcoef(gap[:, 1].numpy(), truth)[0, 1] > 0.9
