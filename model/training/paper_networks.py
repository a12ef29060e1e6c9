"""The frozen networks that the photometric losses read, through the weights registry; what is missing is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from torch import nn

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights.store import resolve
from model.networks.errors import ModelError
from model.training.losses.own_perceptual import OwnTaps, load_own
from model.training.losses.perceptual import FaceLoss, GazeLoss, ImageLoss
from model.training.losses.vgg import VggTaps, load_gaze, load_vgg19, load_vggface

NETWORK_OF = {"image": "vgg19", "face": "vggface-vgg16", "gaze": "gaze-vgg16"}
"""Term of Eq. 7 -> its network in the weights registry."""
IMAGE_NETWORKS = ("vgg19", "own")
"""Of the image term: the paper's, or the one that ships with the package (`losses.own_perceptual`)."""


@dataclass(frozen=True)
class PerceptualLosses:
    """Those of the three losses of Eq. 7 that a run computes."""

    image: ImageLoss | None = None
    face: FaceLoss | None = None
    gaze: GazeLoss | None = None

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return tuple(module for module in (self.image, self.face, self.gaze) if module is not None)


def missing_networks(terms: Collection[str], *, image_network: str = "vgg19", fetch: bool) -> dict[str, str]:
    """Terms whose network is not to be had -> what to do.

    Args:
        terms: of the loss; those without a network are passed over.
        image_network: one of `IMAGE_NETWORKS`.
        fetch: False looks on this machine only.
    """
    missing = {}
    for term, network in NETWORK_OF.items():
        if term in terms and not (term == "image" and image_network == "own"):
            try:
                resolve(network, fetch=fetch)
            except WeightsUnavailable as error:
                missing[term] = str(error)
    return missing


def load_perceptual(terms: Collection[str], *, image_scales: int, image_network: str = "vgg19") -> PerceptualLosses:
    """Load what these terms read.

    Args:
        terms: of the loss.
        image_scales: see `ImageLoss`.
        image_network: one of `IMAGE_NETWORKS`.

    Raises:
        ModelError: names every network that is missing, how to get it, and how to train without.
    """
    missing = missing_networks(terms, image_network=image_network, fetch=True)
    if missing:
        named = "; ".join(f"{term} {reason}" for term, reason in missing.items())
        leave_out = f"Or leave them out: --without {' '.join(missing)}"
        own = "; the package has one for the image term: --perceptual own" if "image" in missing else ""
        raise ModelError(f"expected the networks of these losses but {named}. {leave_out}{own}")
    return PerceptualLosses(
        ImageLoss(_image_network(image_network), image_scales) if "image" in terms else None,
        FaceLoss(load_vggface(resolve(NETWORK_OF["face"]))) if "face" in terms else None,
        GazeLoss(load_gaze(resolve(NETWORK_OF["gaze"]))) if "gaze" in terms else None,
    )


def _image_network(name: str) -> VggTaps | OwnTaps:
    return load_own() if name == "own" else load_vgg19(resolve(name))
