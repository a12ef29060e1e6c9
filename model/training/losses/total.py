"""The total loss (Eq. 7 to 11) and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from torch import Tensor

from model.networks.errors import ModelError


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of Eq. 11; 0 leaves a term out. Defaults are the paper's (section 8.3).

    Attributes:
        image, face, gaze: w_IN, w_face, w_gaze of Eq. 7.
        eyes, mouth, ears: of Eq. 8. The paper prints none: these are the published code's.
        cos, sdm: of Eq. 9. What the paper prints as "w_std" is the weight in Eq. 3, which that loss has by corpus.
        cv: w_CV of Eq. 11.
        adv, fm: w_adv, w_FM of Eq. 10.
        cross: of `losses.cross`, which the paper has not.
    """

    image: float = 20.0
    face: float = 10.0
    gaze: float = 10.0
    eyes: float = 500.0
    mouth: float = 500.0
    ears: float = 500.0
    cos: float = 2.0
    sdm: float = 1.0
    cv: float = 1.0
    adv: float = 1.0
    fm: float = 40.0
    cross: float = 0.0

    def __post_init__(self) -> None:
        check_weights(asdict(self))


def check_weights(weights: Mapping[str, object]) -> None:
    """Raises ModelError for a weight that is no number of at least 0."""
    for name, value in weights.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ModelError(f"expected weight {name} to be a number of at least 0 but got {value!r}")


TERMS = tuple(field.name for field in fields(LossWeights))


def weighted_total(
    terms: Mapping[str, Tensor],  # scalars by name
    weights: Mapping[str, float],  # of exactly these terms
) -> Tensor:
    """Eq. 11: the weighted sum.

    Raises:
        ModelError: a term without weight, or a weight without its term: nothing is left out silently.
    """
    if terms.keys() != weights.keys() or not terms:
        odd = ", ".join(sorted(terms.keys() ^ weights.keys())) or "none at all"
        raise ModelError(f"expected a weight for each term and a term for each weight but not so: {odd}")
    first, *rest = (weights[name] * terms[name] for name in terms)
    return sum(rest, first)
