from __future__ import annotations

import dataclasses

import pytest
import torch

from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.point_motion import PointMotion
from tests.model.planted import plant_modes


@pytest.fixture(autouse=True)
def _same_random_numbers_every_time() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def tiny_config() -> ModelConfig:
    """A model small enough for unit tests: 32 px, volume 8 x 4 x 16 x 16."""
    return dataclasses.replace(
        PRESETS["megaportraits-mini"],
        image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
        identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8, pose_image_px=32, pose_width=8,
        z_dim=8, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16), decoder_channels=16,
        decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny_point_config(tiny_config: ModelConfig) -> ModelConfig:
    """The same with face points: 4 modes."""
    return dataclasses.replace(
        tiny_config, point_modes=4, z_dim=10, point_widths=(4, 8, 8, 8), point_close_px=32,
        point_close_widths=(4, 4, 8, 8), warp_basis=0,
    )  # fmt: skip


@pytest.fixture
def tiny_point_model(tiny_point_config: ModelConfig) -> EMOPortraits:
    """With random modes of a flat face."""
    torch.manual_seed(0)
    model = EMOPortraits(tiny_point_config).eval()
    assert isinstance(model.motion_encoder, PointMotion)
    plant_modes(model.motion_encoder.modes)
    return model


@pytest.fixture
def tiny_model(tiny_config: ModelConfig) -> EMOPortraits:
    torch.manual_seed(0)
    return EMOPortraits(tiny_config).eval()
