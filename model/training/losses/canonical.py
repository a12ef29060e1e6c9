"""Loss on canonical volumes (Eq. 2)."""

from __future__ import annotations

from torch import Tensor


def canonical_volume_loss(
    source: Tensor,  # V^C_s [B, C, D, V, V]
    driver: Tensor,  # V^C_d [B, C, D, V, V], of the other frame of the same person
    *,
    one_sided: bool = False,
) -> Tensor:
    """L_CV, Eq. 2: mean absolute difference of the canonical volumes of two pictures of one person.

    Args:
        one_sided: no gradient through the driver's volume, as in the published code.
    """
    return (source - (driver.detach() if one_sided else driver)).abs().mean()
