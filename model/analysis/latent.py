"""Figure 3: how many directions the expression latents use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.analysis.material import Clip
from model.analysis.spectrum import spectrum_of
from model.avatar.avatar import Avatar

THRESHOLDS_PERCENT = (80, 90, 95, 99)


def analyse(avatar: Avatar, clips: Sequence[Clip], out: Path) -> dict[str, Any]:
    """Write OUT/latent.png and give the numbers."""
    from model.analysis.drawing import figure

    z = np.concatenate([avatar.read(clip.crops).z.cpu().numpy() for clip in clips])
    spectrum = spectrum_of(z)
    curve = spectrum.cumulative
    needed = {f"{percent}%": spectrum.components_for(percent) for percent in THRESHOLDS_PERCENT}
    with figure(out / "latent.png", 1, 2, (9.0, 3.4)) as (left, right):
        left.plot(np.arange(1, len(curve) + 1), curve, color="#2456a6")
        left.set(
            xlabel="principal components",
            ylabel="variance explained",
            ylim=(0, 1.02),
            title=f"AUC {spectrum.auc_z:.3f}",
        )
        left.grid(alpha=0.3)
        bars = right.bar(list(needed), list(needed.values()), color="#2456a6")
        right.bar_label(bars)
        right.margins(y=0.12)
        right.set(xlabel="variance explained", ylabel="components needed", title=f"z has {z.shape[1]} dimensions")
    return {
        "frames": len(z),
        "dimensions": z.shape[1],
        "dimensions_without_variance": spectrum.constant_dims,
        "auc_z": spectrum.auc_z,
        "components_needed": needed,
        "cumulative_explained_variance": [round(float(value), 6) for value in curve],
    }
