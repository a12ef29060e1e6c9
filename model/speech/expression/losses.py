"""The losses that the audio encoder is trained with (section 9.3): Eq. 12, 13 and 14; Eq. 15 adds them up.

That sum is `weighted_total` of `model.training.losses.total`, L_face of Eq. 12 `FaceLoss` of `.perceptual` beside it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.analysis.principal import Components
from model.networks.errors import ModelError
from model.training.losses.total import check_weights

COMPONENTS = 8  # n of section 9.3
CELEBAMASK_REGIONS = (12, 13, 11)
"""Labels of upper lip, lower lip and inner mouth in CelebAMask-HQ, which public face parsers are trained on."""


@dataclass(frozen=True)
class SpeechWeights:
    """Weights of the terms of Eq. 15; 0 leaves a term out. Defaults are the paper's (section 9.3).

    Attributes:
        l1, face: w_L1, w_face of Eq. 12.
        pca, vtr: w_PCA, w_vtr of Eq. 13.
        bce, lips: w_BCE, w_lips of Eq. 14.
    """

    l1: float = 10.0
    face: float = 100.0
    pca: float = 200.0
    vtr: float = 5.0
    bce: float = 5e3
    lips: float = 5e5

    def __post_init__(self) -> None:
        check_weights(asdict(self))


TERMS = tuple(field.name for field in fields(SpeechWeights))
PICTURE_TERMS = ("l1", "face", "bce", "lips")
"""Those that compare pictures: the generator has to render what the encoder says."""


class MouthComponentsLoss(nn.Module):
    """L_PCA (Eq. 6): how far apart two z are along the first principal components of the mouth.

    Args:
        components: of Z_m, section 5.2.
        count: n, how many of them are compared.

    Raises:
        ModelError: there are fewer.
    """

    directions: Tensor  # [n, Z]

    def __init__(self, components: Components, count: int = COMPONENTS) -> None:
        super().__init__()
        if not 1 <= count <= len(components.directions):
            raise ModelError(
                f"expected at least {count} mouth components but got {len(components.directions)}; make them of more"
                " frames, or compare fewer"
            )
        directions = torch.from_numpy(components.directions[:count].copy()).float()
        self.register_buffer("directions", directions, persistent=False)

    def forward(
        self,
        prediction: Tensor,  # [..., Z]
        target: Tensor,  # [..., Z]
    ) -> Tensor:
        """The mean of Eq. 6 over all pairs; the mean of Z_m cancels."""
        return ((prediction - target) @ self.directions.T).abs().mean()


def latent_l1(
    prediction: Tensor,  # [..., Z]
    target: Tensor,  # [..., Z]
) -> Tensor:
    """L_vtr of Eq. 13, and the "MAE" of Table 6: the mean absolute difference of z."""
    return F.l1_loss(prediction, target)


def picture_l1(
    prediction: Tensor,  # [B, 3, S, S]
    target: Tensor,  # [B, 3, S, S]
) -> Tensor:
    """L_L1 of Eq. 12."""
    return F.l1_loss(prediction, target)


def mouth_regions(
    scores: Tensor,  # [B, L, S, S] of a face parser, before softmax
    labels: tuple[int, int, int] = CELEBAMASK_REGIONS,
) -> Tensor:  # [B, 3, S, S] in [0, 1]
    """How surely each pixel is upper lip, lower lip and inner mouth."""
    return scores.softmax(dim=1)[:, list(labels)]


def hard_regions(
    scores: Tensor,  # [B, L, S, S]
    labels: tuple[int, int, int] = CELEBAMASK_REGIONS,
) -> Tensor:  # [B, 3, S, S], 0 or 1
    """The masks that a face parser gives: each pixel has one label."""
    best = scores.argmax(dim=1, keepdim=True)
    return (best == torch.tensor(labels, device=scores.device).view(1, 3, 1, 1)).to(scores.dtype)


def region_bce(
    prediction: Tensor,  # [B, 3, S, S] in [0, 1], `mouth_regions` of the predicted picture
    target: Tensor,  # [B, 3, S, S], `hard_regions` of the true one: a constant
) -> Tensor:
    """L_BCE of Eq. 14. The paper does not say whether masks are hard: a gradient needs soft ones of the prediction."""
    return F.binary_cross_entropy(prediction, target.detach())


def lips_l1(
    prediction: Tensor,  # [B, 3, S, S]
    target: Tensor,  # [B, 3, S, S]
    prediction_regions: Tensor,  # [B, 3, S, S], `hard_regions` of each
    target_regions: Tensor,
) -> Tensor:
    """L_lips of Eq. 14: the L1 of the mouth's pixels, cut out of each picture by its own mask.

    The average runs over the whole picture, as in Eq. 8: with it a weight of 5e5 counts a mouth by its area.
    """
    mine = prediction * prediction_regions.detach().amax(dim=1, keepdim=True)
    theirs = target * target_regions.detach().amax(dim=1, keepdim=True)
    return F.l1_loss(mine, theirs)
