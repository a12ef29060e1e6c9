"""The avatar: encoded once, driven by pictures, latents and poses."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.errors import NoFaceError
from model.avatar import Avatar, FaceFinder
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError


def test_the_source_is_encoded_once(photo: np.ndarray, finder: FaceFinder, clip: np.ndarray) -> None:
    model = EMOPortraits.from_preset("emoportraits-mini", pretrained=True).eval()
    encoded = []
    model.local_encoder.register_forward_hook(lambda *_: encoded.append(1))
    avatar = Avatar(photo, model, finder=finder)
    avatar.drive(clip[:2])
    avatar.drive(clip[2:4])
    assert len(encoded) == 1


def test_pictures_drive(avatar: Avatar, clip: np.ndarray) -> None:
    driven = avatar.drive(clip)
    assert driven.frames.shape == (len(clip), 256, 256, 3) and driven.frames.dtype == np.uint8
    assert np.abs(np.diff(driven.frames.astype(int), axis=0)).mean(axis=(1, 2, 3)).min() > 0.05  # it moves
    assert repr(driven) == "Driven(frames=uint8[7, 256, 256, 3], motion=Motion(frames=7, z=[7, 30]))"


def test_the_number_of_threads_is_rounding(avatar: Avatar, clip: np.ndarray) -> None:
    """PyTorch's group norm and small products sum in parts, one per thread: one grey level here and there."""
    threads = torch.get_num_threads()
    made = []
    try:
        for count in (1, 4):
            torch.set_num_threads(count)
            made.append(avatar.drive(clip[:3]).frames.astype(int))
    finally:
        torch.set_num_threads(threads)
    difference = np.abs(made[0] - made[1])
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-4


def test_at_the_drivers_rest_the_photo_looks_like_itself(avatar: Avatar, clip: np.ndarray) -> None:
    own = avatar.render(avatar.motion)
    at_rest = avatar.drive(clip[:1]).frames
    assert np.abs(at_rest.astype(int) - own).max() <= 2  # rounding of the composed rotation
    absolute = avatar.drive(clip[:1], transfer="absolute").frames
    assert np.abs(absolute.astype(int) - own).max() > 20


def test_no_expression_leaves_only_the_head_motion(avatar: Avatar, clip: np.ndarray) -> None:
    still = avatar.drive(clip[[0, 5]], expression=0.0).motion
    assert torch.allclose(still.z, avatar.motion.z.expand(2, -1), atol=1e-5)
    assert not torch.allclose(still.pose.rotation[1], avatar.motion.pose.rotation[0])


def test_one_driver_gives_the_expression_and_another_the_pose(avatar: Avatar, clip: np.ndarray) -> None:
    turned = clip[::-1].copy()
    both = avatar.drive(clip, pose_frames=turned, transfer="absolute").motion
    expression, pose = (avatar.drive(frames, transfer="absolute").motion for frames in (clip, turned))
    assert torch.equal(both.z, expression.z)
    assert torch.equal(both.pose.rotation, pose.pose.rotation)


def test_latents_and_poses_drive(avatar: Avatar) -> None:
    own = avatar.motion
    by_both = avatar.drive(z=own.z, pose=own.pose).frames
    assert np.array_equal(by_both, avatar.drive(z=own.z).frames)
    assert np.array_equal(by_both, avatar.drive(pose=own.pose).frames)
    assert avatar.drive(z=own.z.repeat(3, 1)).frames.shape[0] == 3


def test_batches_do_not_decide(avatar: Avatar, clip: np.ndarray) -> None:
    crops = avatar.crop_driver(clip)
    together, one_by_one = avatar.read(crops), [avatar.read(crop[None]) for crop in crops]
    assert torch.allclose(together.z, torch.cat([motion.z for motion in one_by_one]), atol=1e-4)


@pytest.mark.parametrize("call", [{}, {"z": torch.zeros(1, 64), "expression": 2.0}])
def test_nothing_to_drive_by(avatar: Avatar, call: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="expected frames"):
        avatar.drive(**call)  # type: ignore[arg-type]


def test_wrong_inputs_say_what_was_expected(avatar: Avatar, photo: np.ndarray, finder: FaceFinder) -> None:
    with pytest.raises(ModelError, match="at least one driver frame but got none"):
        avatar.drive(np.zeros((0, 64, 64, 3), np.uint8))
    with pytest.raises(ModelError, match=r"frames uint8 \[T, H, W, 3\] but got float32"):
        avatar.drive(np.zeros((1, 64, 64, 3), np.float32))
    with pytest.raises(ModelError, match=r"z \[T, 30\] but got \[1, 12\]"):
        avatar.drive(z=torch.zeros(1, 12))
    with pytest.raises(NoFaceError, match="no face detected in the 200 x 100 picture"):
        Avatar(np.zeros((100, 200, 3), np.uint8), finder=finder)
    with pytest.raises(ModelError, match="expected a face from 1 to 1 but got 2"):
        Avatar(photo, face=2, finder=finder)
    with pytest.raises(ModelError, match="square crop"):
        Avatar(photo, crop=False, finder=finder)


def test_of_two_faces_each_can_be_chosen(photo: np.ndarray, finder: FaceFinder) -> None:
    smaller = photo[::2, ::2]
    pair = np.full((600, 900, 3), 128, np.uint8)
    pair[:, :512] = photo
    pair[100 : 100 + smaller.shape[0], 600 : 600 + smaller.shape[1]] = smaller
    first, second = (Avatar(pair, face=number, finder=finder) for number in (1, 2))
    assert first.face is not None and second.face is not None
    assert first.face.count == 2 and first.box.x0 < 300 < second.box.x0
    assert Avatar(pair, finder=finder).box == first.box


def test_a_model_that_paints_green_gets_a_cut_out_source_and_another_background(
    photo: np.ndarray, finder: FaceFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = EMOPortraits.from_preset("emoportraits-mini", pretrained=True).eval()
    monkeypatch.setattr(model, "config", dataclasses.replace(model.config, green_background=True))
    seen = []
    model.local_encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    avatar = Avatar(photo, model, finder=finder)
    picture = seen[0][0].amax(dim=0)
    black = (picture < 0.02).float().mean()
    assert 0.1 < black < 0.6 and picture[80:160, 100:160].mean() > 0.3  # the flag is gone, the face is not
    green = np.zeros((256, 256, 3), np.uint8)
    green[..., 1] = 255
    assert (avatar.composite(green, np.full_like(green, 9)) == 9).all()
    assert np.abs(avatar.composite(green).astype(int) - avatar.crop_driver(photo[None])[0]).mean() < 1
    with pytest.raises(ModelError, match="expected a mask of the photo's size"):
        Avatar(photo, model, finder=finder, mask=np.ones((4, 4), bool))
