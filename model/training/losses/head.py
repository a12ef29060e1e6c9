"""L_head: L1 of the parts that expressions and identities show most in (Eq. 8)."""

from __future__ import annotations

from torch import Tensor

HEAD_PARTS = ("eyes", "mouth", "ears")


def head_part_l1(
    prediction: Tensor,  # [B, 3, S, S]
    target: Tensor,  # [B, 3, S, S]
    masks: Tensor,  # [B, K, S, S] in [0, 1], parts of the target
) -> Tensor:  # [K]
    """Terms of Eq. 8: per part the L1 inside its mask, averaged over all values of the batch.

    The average runs over the whole picture, not over the mask: a part counts by its area. The paper does not say
    which; the published weights of 500 are made for this.
    """
    difference = (prediction - target).abs().mean(dim=1, keepdim=True)  # [B, 1, S, S]
    return (masks * difference).mean(dim=(0, 2, 3))
