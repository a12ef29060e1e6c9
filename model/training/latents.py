"""How many directions the expression descriptor uses, watched while training, when pictures tell little."""

from __future__ import annotations

import logging

from torch import Tensor

from model.analysis.spectrum import spectrum_of
from model.networks.errors import ModelError

logger = logging.getLogger(__name__)

PICTURES_PER_DIMENSION = 4
WATCHED_PERCENT = 99  # of the variance, as in figure 3


def latent_spread(
    z: Tensor,  # [N, Z]
) -> dict[str, float]:
    """AUC_z (Eq. 1) and the components that explain 99 % of the variance; a warning alone where z is constant."""
    try:
        spectrum = spectrum_of(z.detach().float().cpu().numpy())
    except ModelError as error:
        logger.warning("no AUC_z: %s", error)
        return {}
    return {"auc_z": spectrum.auc_z, "components_99": float(spectrum.components_for(WATCHED_PERCENT))}
