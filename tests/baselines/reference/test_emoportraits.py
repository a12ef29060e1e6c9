"""The adapter of our model: sizes, ranges, batching, and the descriptors that it passes on."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import torch

from baselines.interface.errors import MethodUnavailable
from baselines.interface.method import Driver
from baselines.reference.emoportraits import EmoPortraitsMini
from model import PRESETS, EMOPortraits, ModelError
from model.avatar.images import resize_square


@pytest.fixture(scope="module")
def method() -> EmoPortraitsMini:
    torch.manual_seed(0)
    tiny = dataclasses.replace(
        PRESETS["emoportraits-mini"],
        image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
        identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8, pose_image_px=32, pose_width=8,
        z_dim=8, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16), decoder_channels=16,
        decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4,
    )  # fmt: skip
    return EmoPortraitsMini(EMOPortraits(tiny))


def frames(count: int, side: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return np.stack([resize_square(image, side) for image in coarse])


def test_frames_come_back_at_the_drivers_size(method: EmoPortraitsMini) -> None:
    out = method.drive(method.prepare(frames(1, 40, 1)[0]), Driver(frames(3, 40), Fraction(25)))
    assert out.frames.shape == (3, 40, 40, 3)
    assert out.frames.dtype == np.uint8
    assert out.latents is not None
    assert out.latents.shape[0] == 3
    assert out.latents.dtype == np.float32


def test_batches_do_not_change_the_frames(method: EmoPortraitsMini, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = method.prepare(frames(1, 32, 1)[0])
    driver = Driver(frames(4, 32), Fraction(25))
    together = method.drive(prepared, driver).frames.astype(int)
    monkeypatch.setattr("baselines.reference.emoportraits.BATCH_FRAMES", 1)
    alone = method.drive(prepared, driver).frames.astype(int)
    assert np.abs(together - alone).max() <= 1


def test_pictures_reach_the_model_unchanged_at_its_own_size(method: EmoPortraitsMini) -> None:
    given = frames(2, 32)
    tensor = method._to_model(given)
    assert tensor.shape == (2, 3, 32, 32)
    assert np.array_equal((tensor * 255).round().byte().permute(0, 2, 3, 1).numpy(), given)


def test_missing_weights_are_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*args: object, **kwargs: object) -> EMOPortraits:
        raise ModelError("expected shipped weights but there are none")

    monkeypatch.setattr(EMOPortraits, "from_preset", none)
    with pytest.raises(MethodUnavailable, match="emoportraits: expected shipped weights"):
        EmoPortraitsMini()
