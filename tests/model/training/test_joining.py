from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.networks.config import ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.data import TrainingSet
from model.training.joining import READERS, join


def test_each_network_comes_from_the_run_that_trained_it(rendered_set: Path, tiny_point_config: ModelConfig) -> None:
    readers, generator = EMOPortraits(tiny_point_config).eval(), EMOPortraits(tiny_point_config).eval()
    of_readers, of_generator = (
        {name: value.clone() for name, value in model.named_parameters()} for model in (readers, generator)
    )
    joined = join(readers, generator, TrainingSet.load(rendered_set))
    for name, value in joined.named_parameters():
        assert torch.equal(value, (of_readers if name.split(".")[0] in READERS else of_generator)[name]), name
    assert joined.provenance["trained_on"] == ["rendered people of the seeds 0 to 7"]


def test_what_cannot_be_joined_is_refused(
    rendered_set: Path, tiny_config: ModelConfig, tiny_point_config: ModelConfig
) -> None:
    data, plain = TrainingSet.load(rendered_set), EMOPortraits(tiny_config)
    with pytest.raises(ModelError, match="the same sizes"):
        join(plain, EMOPortraits(tiny_point_config), data)
    with pytest.raises(ModelError, match="that read face points"):
        join(plain, plain, data)
