"""What the weights in the package can do, on held-out synthetic people that training never rendered."""

from __future__ import annotations

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


@pytest.fixture(scope="module")
def model() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True)


class Take:
    """Every fifth frame of one centre-camera clip, cropped as the benchmark crops, with its truth."""

    def __init__(self, clip_id: str, size_px: int = 128) -> None:
        clip = open_catalog().clip(clip_id)
        assert clip.ground_truth is not None
        truth = GroundTruth.load(clip.ground_truth)
        index = slice(0, None, 5)
        frames, landmarks = read_video(clip.path).frames[index], truth.landmarks_px(clip.camera)[index, :468]
        box = crop_box(landmarks[0], (frames.shape[1], frames.shape[2]))
        self.frames = apply_crop(frames, box, size_px)
        self.landmarks = to_crop(landmarks, box, size_px)
        self.jaw_open = truth.coefficients[index, truth.coefficient_names.index("jawOpen")]
        camera = truth.cameras[clip.camera].with_crop(box.x0, box.y0, box.side, size_px)
        self.rotations = np.stack([model_pose(matrix, camera)[0] for matrix in truth.head_pose[index]])

    @property
    def tensor(self) -> torch.Tensor:
        return torch.from_numpy(self.frames).permute(0, 3, 1, 2).float() / 255


def turn_deg(rotation: np.ndarray, other: np.ndarray) -> np.ndarray:  # [T, 3, 3] each -> [T]
    trace = np.einsum("tij,tij->t", rotation, other)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def test_weights_are_small_enough_to_ship() -> None:
    folder = resources.files("model") / "weights" / "emoportraits-mini"
    assert len((folder / "model.safetensors").read_bytes()) < 40e6


@pytest.mark.parametrize("subject", ["S05", "S07"])
@torch.inference_mode()
def test_head_pose_of_unseen_people_is_read_to_a_few_degrees(model: EMOPortraits, subject: str) -> None:
    take = Take(f"{subject}/rotations_C")
    pose, _ = model.read_motion(take.tensor)
    error = turn_deg(pose.rotation.transpose(1, 2).numpy(), take.rotations)
    turned = turn_deg(take.rotations, np.repeat(take.rotations[:1], len(take.rotations), 0))
    assert turned.max() > 15
    assert error.mean() < 6


@pytest.mark.parametrize("subject", ["S05", "S08"])
@torch.inference_mode()
def test_a_turned_head_is_rendered_closer_to_the_truth_than_the_source_is(model: EMOPortraits, subject: str) -> None:
    take = Take(f"{subject}/rotations_C")
    turned = turn_deg(take.rotations, np.repeat(take.rotations[:1], len(take.rotations), 0)) > 12
    output = model.drive(model.encode_source(take.tensor[:1]), take.tensor[turned]).image
    truth = take.tensor[turned]
    assert (output - truth).abs().mean() < 0.95 * (take.tensor[:1] - truth).abs().mean()


@pytest.mark.parametrize("driver", ["S05", "S07"])
@torch.inference_mode()
def test_an_open_mouth_reaches_another_person(model: EMOPortraits, driver: str) -> None:
    """With the head held still, the driver's opening mouth changes the source's mouth more than the rest of it."""
    source, take = Take("S08/random_C"), Take(f"{driver}/random_C")
    widest = int(take.jaw_open.argmax())
    assert take.jaw_open[widest] > 0.4
    identity = model.encode_source(source.tensor[:1])
    pose, z = model.read_motion(take.tensor[[0, widest]])
    closed = model.render(identity, z[:1], pose[:1])[0]
    opened = model.render(identity, z[1:], pose[:1])[0]
    lips = source.landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    region = (slice(None), slice(lips[1] - 2, lips[1] + 12), slice(lips[0] - 8, lips[0] + 9))
    change = (opened - closed).abs()
    assert change[region].mean() > 2 * change.mean()
