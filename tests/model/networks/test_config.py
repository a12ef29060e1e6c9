from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from model.networks.config import PRESETS, ModelConfig, preset
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError

# Parameters of the published stage-1 networks (spectral norm and weight standardisation folded).
PUBLISHED_COUNTS = {
    "local_encoder": 10_119_680,
    "identity_encoder": 24_575_488,
    "motion_encoder": 11_506_112,
    "mixer": 1_048_576 + 262_144,
    "source_warp": 9_016_451,
    "driver_warp": 9_016_451,
    "volume_blocks": 1_494_144,
    "unet": 57_843_104,
    "decoder": 35_822_211,
    "pose_net": 11_181_129,
}


def test_paper_preset_has_the_published_number_of_parameters_in_every_network() -> None:
    with torch.device("meta"):
        model = EMOPortraits(preset("emoportraits"))
    assert model.parameter_counts() == PUBLISHED_COUNTS


def test_mini_preset_fits_its_file_size_limit_in_half_precision() -> None:
    with torch.device("meta"):
        model = EMOPortraits(preset("emoportraits-mini"))
    assert 2 * sum(model.parameter_counts().values()) < 40e6


def test_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ModelError, match="did you mean 'emoportraits-mini'"):
        preset("emoportrait-mini")


@pytest.mark.parametrize("name", PRESETS)
def test_configuration_survives_json(name: str) -> None:
    config = PRESETS[name]
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_unknown_field_is_refused() -> None:
    with pytest.raises(ModelError, match="got also colour"):
        ModelConfig.from_dict({"colour": 3})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volume_size": 0}, "expected volume_size to be a whole number from 1 to 4096 but got 0"),
        ({"decoder_blocks": 10**9}, "expected decoder_blocks to be a whole number from 1 to 64"),
        ({"z_dim": "128"}, "expected z_dim to be a whole number"),
        ({"encoder_channels": 5}, "expected encoder_channels to be whole numbers"),
        ({"texture_path": 1}, "expected texture_path to be true or false"),
        ({"z_dropout": -1.0}, "expected z_dropout to be a number from 0"),
        ({"image_size_px": 500}, "power of two times 64 but got 500"),
        ({"decoder_image_channels": (128, 64)}, "expected 3 values in decoder_image_channels"),
        ({"encoder_channels": (128, 256)}, "expected 4 values in encoder_channels"),
        ({"warp_channels": (1, 2, 3)}, "expected 4 values in warp_channels"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        dataclasses.replace(ModelConfig(), **change)  # type: ignore[arg-type]
