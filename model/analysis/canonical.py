"""Figure 5: does the canonical volume keep the source's expression?

A neutral and an intense portrait of one person should have the same canonical volume. The additive experiment adds what
differs between them to the volume of another person: if expression comes along, the volume was not neutral.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.analysis.material import Clip
from model.avatar.avatar import Avatar
from model.avatar.images import from_model
from model.avatar.motion import Motion
from model.networks.emoportraits import SourceIdentity
from model.networks.errors import ModelError

_PAIRS = ("neutral_to_intense", "between_people")
_CASES = ("case_1", "case_2", "case_3", "case_4")


def relative_difference(one: Tensor, other: Tensor) -> float:
    """Mean |a - b| over the mean of |a| and |b|."""
    size = (one.abs().mean() + other.abs().mean()) / 2
    return float((one - other).abs().mean() / size)


@torch.inference_mode()
def analyse(avatar: Avatar, clips: Sequence[Clip], out: Path) -> dict[str, Any]:
    """Write OUT/canonical.png and give the numbers.

    One clip per person: its first frame is the neutral portrait A, its most intense one B; D is the neutral portrait of
    the next person. Cases as in the paper: (1) A driven by B, (2) D driven by B, (3) B driven by B, (4) D with the
    difference of the volumes of B and A added, driven by B.
    """
    from model.analysis.drawing import picture_grid

    people = {clip.person: clip for clip in clips}
    if len(people) < 2:
        raise ModelError(f"expected clips of at least two people but got {len(people)}")
    order = list(people.values())
    sources = [(avatar.encode_crop(c.crops[0]), avatar.encode_crop(c.crops[c.most_intense])) for c in order]
    rows, people_numbers, errors, between = [], [], [], []
    for place, clip in enumerate(order):
        (a, b), (d, _) = sources[place], sources[(place + 1) % len(order)]
        target = Motion(b.z, b.pose)
        added = replace(d, canonical_volume=d.canonical_volume + b.canonical_volume - a.canonical_volume)
        cases = [_render(avatar, identity, target) for identity in (a, d, b, added)]
        rows.append([clip.crops[0], clip.crops[clip.most_intense], *cases])
        errors.append([float((avatar.read(case[None]).z - target.z).norm()) for case in cases])
        between.append([relative_difference(a.canonical_volume, other.canonical_volume) for other in (b, d)])
        people_numbers.append(
            {
                "person": clip.person,
                "other": order[(place + 1) % len(order)].person,
                "relative_difference": dict(zip(_PAIRS, between[-1], strict=True)),
                "z_error": dict(zip(_CASES, errors[-1], strict=True)),
                "z_of_neutral_to_driver": float((a.z - target.z).norm()),
            }
        )
    titles = ["A", "B", "1: A by B", "2: D by B", "3: B by B", "4: D + (B - A)"]
    picture_grid(out / "canonical.png", rows[:6], column_titles=titles, row_titles=[c.person for c in order[:6]])
    return {
        "mean_relative_difference": dict(zip(_PAIRS, np.mean(between, axis=0).tolist(), strict=True)),
        "mean_z_error": dict(zip(_CASES, np.mean(errors, axis=0).tolist(), strict=True)),
        "people": people_numbers,
    }


def _render(avatar: Avatar, identity: SourceIdentity, motion: Motion) -> np.ndarray:
    return from_model(avatar.model.render(identity, motion.z, motion.pose))[0]
