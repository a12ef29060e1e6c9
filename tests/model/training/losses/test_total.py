from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from model.networks.errors import ModelError
from model.training.losses.total import TERMS, LossWeights, weighted_total


def test_weights_of_section_8_3() -> None:
    """As printed, but for the parts of Eq. 8, which are the published code's, and sdm, whose weight is in Eq. 3.

    `cross` is not in the paper.
    """
    assert asdict(LossWeights()) == {
        "image": 20, "face": 10, "gaze": 10, "eyes": 500, "mouth": 500, "ears": 500,
        "cos": 2, "sdm": 1, "cv": 1, "adv": 1, "fm": 40, "cross": 0,
    }  # fmt: skip


def test_total_is_equation_11() -> None:
    values = torch.rand(len(TERMS), dtype=torch.float64)
    terms, weights = dict(zip(TERMS, values, strict=True)), asdict(LossWeights())
    named = {name: value.item() for name, value in terms.items()}
    photometric = 20 * named["image"] + 10 * named["face"] + 10 * named["gaze"]
    photometric += 500 * (named["eyes"] + named["mouth"] + named["ears"])
    latent, gan = 2 * named["cos"] + named["sdm"], named["adv"] + 40 * named["fm"]
    assert weighted_total(terms, weights).item() == pytest.approx(photometric + latent + named["cv"] + gan, rel=1e-12)


def test_a_term_without_weight_or_a_weight_without_term_is_an_error() -> None:
    one = torch.ones(())
    for terms, weights in (({"cos": one}, {"cos": 1.0, "sdm": 1.0}), ({"cos": one, "sdm": one}, {"cos": 1.0})):
        with pytest.raises(ModelError, match="but not so: sdm"):
            weighted_total(terms, weights)
    with pytest.raises(ModelError, match="but not so: none at all"):
        weighted_total({}, {})


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), True, "1"])
def test_weights_are_numbers_of_at_least_0(value: object) -> None:
    with pytest.raises(ModelError, match="expected weight cos to be a number of at least 0"):
        LossWeights(cos=value)  # type: ignore[arg-type]
