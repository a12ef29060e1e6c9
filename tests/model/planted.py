"""Made-up modes for models that read face points."""

from __future__ import annotations

import torch

from model.networks.face_modes import FaceModes
from model.networks.face_points import SKIN_POINTS


def plant_modes(modes: FaceModes) -> None:
    """A bowl-shaped face with smooth random modes, seeded."""
    generator = torch.Generator().manual_seed(5)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    mean = torch.rand(SKIN_POINTS, 3, generator=generator) - 0.5
    mean[:, 2] = 0.3 - mean[:, :2].square().sum(1)
    with torch.no_grad():
        modes.mean.copy_(mean)
        modes.expression.copy_(0.03 * normal(*modes.expression.shape))
        modes.identity.copy_(0.01 * normal(*modes.identity.shape))
        modes.irises.copy_(torch.tensor([[-0.2, -0.1, 0.2], [0.2, -0.1, 0.2]]))
        modes.noise.fill_(0.002)
