"""Losses on the expression descriptor z: contrastive (Eq. 4, 5) and source-driver mismatch (Eq. 3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SCALE = 5.0  # s of Eq. 4 (section 8.3)
MARGIN = 0.2  # m of Eq. 4 (section 8.3)
PUBLISHED_NEGATIVE_SCALE = 5.0  # the published code divides by a temperature of 0.2


def scaled_cosine(
    a: Tensor,  # [..., Z]
    b: Tensor,  # [..., Z]
    scale: float = SCALE,
    margin: float = MARGIN,
) -> Tensor:  # [...]
    """Eq. 4: `d = s (<a, b> - m)`, with the inner product of unit vectors, as CosFace has it."""
    return scale * (F.cosine_similarity(a, b, dim=-1) - margin)


def contrastive_loss(
    positives: Tensor,  # [B, P] distances d of Eq. 4 between a picture's z and the z it was driven by
    negatives: Tensor,  # [B, N] distances d between the same pictures' z and the z of another clip
) -> Tensor:
    """L_cos, Eq. 5: every positive against all negatives; summed over the positives, averaged over the batch.

    As printed, the margin stands in positives and negatives alike and cancels: only s changes the value. See
    `contrastive_loss_published` for what the published code computes.
    """
    against = torch.logsumexp(negatives, dim=1, keepdim=True)  # [B, 1]
    return (torch.logaddexp(positives, against) - positives).sum(dim=1).mean()


def contrastive_loss_published(
    positive: Tensor,  # [B, P] cosines
    negative: Tensor,  # [B, P] cosines of the same descriptors with the z of another clip
    mismatch: Tensor,  # [B] hinge of the source-driver mismatch
) -> Tensor:
    """L_cos as the published code computes it (not Eq. 5).

    The margin stands in positives alone, each positive has one negative of its own, the hinge of the mismatch loss is
    a second negative, and samples are summed.
    """
    distance = SCALE * (positive - MARGIN)
    own, hinge = PUBLISHED_NEGATIVE_SCALE * negative, PUBLISHED_NEGATIVE_SCALE * mismatch.unsqueeze(1)
    against = torch.logaddexp(own, hinge.expand_as(own))
    return (torch.logaddexp(distance, against) - distance).sum()


@dataclass(frozen=True)
class MismatchRule:
    """Weights and margins of Eq. 3 by corpus.

    Args:
        ordinary_weight, ordinary_margin: for pairs of the large corpus (VoxCeleb2).
        extreme_weight, extreme_margin: for pairs of the small one (FEED).
        alone_weight: replaces `ordinary_weight` in batches without an extreme pair.
        detach_source: no gradient through z_s.
        sum_corpora: the means of both corpora are added, instead of one mean over all pairs.
    """

    ordinary_weight: float
    ordinary_margin: float
    extreme_weight: float
    extreme_margin: float
    alone_weight: float
    detach_source: bool
    sum_corpora: bool


MISMATCH_PAPER = MismatchRule(1.0, 0.5, 10.0, 0.25, 1.0, detach_source=False, sum_corpora=False)
MISMATCH_PUBLISHED = MismatchRule(1.5, 0.5, 10.0, 0.5, 10.0, detach_source=True, sum_corpora=True)


def mismatch_hinge(
    z_source: Tensor,  # [B, Z]
    z_driver: Tensor,  # [B, Z]
    extreme: Tensor,  # bool [B]: the pair is of FEED
    rule: MismatchRule = MISMATCH_PAPER,
) -> Tensor:  # [B]
    """`max(0, cos(z_s, z_d) - margin)` of Eq. 3: two frames of one clip should not have nearly the same expression."""
    source = z_source.detach() if rule.detach_source else z_source
    cosine = F.cosine_similarity(source, z_driver, dim=-1)
    margin = torch.where(extreme, rule.extreme_margin, rule.ordinary_margin)
    return (cosine - margin).clamp_min(0)


def mismatch_loss(
    z_source: Tensor,  # [B, Z]
    z_driver: Tensor,  # [B, Z]
    extreme: Tensor,  # bool [B]: the pair is of FEED
    rule: MismatchRule = MISMATCH_PAPER,
) -> Tensor:
    """L_sdm, Eq. 3, averaged over the batch."""
    ordinary = torch.where(extreme.any(), rule.ordinary_weight, rule.alone_weight)
    terms = torch.where(extreme, rule.extreme_weight, ordinary) * mismatch_hinge(z_source, z_driver, extreme, rule)
    if not rule.sum_corpora:
        return terms.mean()
    return sum((terms[of].mean() for of in (extreme, ~extreme) if of.any()), terms.new_zeros(()))
