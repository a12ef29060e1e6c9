"""The frozen networks that the photometric losses read, through the weights registry; what is missing is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from torch import nn

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights.store import resolve
from model.networks.errors import ModelError
from model.training.losses.perceptual import FaceLoss, GazeLoss, ImageLoss
from model.training.losses.vgg import load_gaze, load_vgg19, load_vggface

NETWORK_OF = {"image": "vgg19", "face": "vggface-vgg16", "gaze": "gaze-vgg16"}
"""Term of Eq. 7 -> its network in the weights registry."""


@dataclass(frozen=True)
class PerceptualLosses:
    """Those of the three losses of Eq. 7 that a run computes."""

    image: ImageLoss | None = None
    face: FaceLoss | None = None
    gaze: GazeLoss | None = None

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return tuple(module for module in (self.image, self.face, self.gaze) if module is not None)


def missing_networks(terms: Collection[str], *, fetch: bool) -> dict[str, str]:
    """Terms whose network is not to be had -> what to do.

    Args:
        terms: of the loss; those without a network are passed over.
        fetch: False looks on this machine only.
    """
    missing = {}
    for term, network in NETWORK_OF.items():
        if term in terms:
            try:
                resolve(network, fetch=fetch)
            except WeightsUnavailable as error:
                missing[term] = str(error)
    return missing


def load_perceptual(terms: Collection[str], *, image_scales: int) -> PerceptualLosses:
    """Load what these terms read.

    Raises:
        ModelError: names every network that is missing, how to get it, and how to train without.
    """
    missing = missing_networks(terms, fetch=True)
    if missing:
        named = "; ".join(f"{term} {reason}" for term, reason in missing.items())
        raise ModelError(
            f"expected the networks of these losses but {named}. Or leave them out: --without {' '.join(missing)}"
        )
    return PerceptualLosses(
        ImageLoss(load_vgg19(resolve(NETWORK_OF["image"])), image_scales) if "image" in terms else None,
        FaceLoss(load_vggface(resolve(NETWORK_OF["face"]))) if "face" in terms else None,
        GazeLoss(load_gaze(resolve(NETWORK_OF["gaze"]))) if "gaze" in terms else None,
    )
