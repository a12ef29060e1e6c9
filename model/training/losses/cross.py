"""Cross-reenactment against the true picture, which only rendered people have: the paper has no such loss."""

from __future__ import annotations

from torch import Tensor

from model.training.losses.rendered import pyramid_l1


def cross_loss(
    prediction: Tensor,  # [K, 3, S, S] other people with the drivers' expressions and poses
    target: Tensor,  # [K, 3, S, S] these people in the drivers' states
    pairs: int,
) -> Tensor:
    """Photometric pyramid L1, summed over the K pairs that have a target and divided by all pairs of the batch.

    So a pair counts alike, whatever it shares its batch with: of a mixture with footage only some pairs have targets.
    """
    return pyramid_l1(prediction, target, prediction.new_ones(1, 1, *prediction.shape[2:])) * (len(target) / pairs)
