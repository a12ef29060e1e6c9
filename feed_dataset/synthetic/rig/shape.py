"""A person's neutral head: macro targets (ancestry, gender, age, build) plus detail sliders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets

ANCESTRIES = ("african", "asian", "caucasian")  # the names of MakeHuman's macro targets

_AGE_KNOTS = ((1, "baby"), (10, "child"), (25, "young"), (90, "old"))
_MUSCLE_KNOTS = ((0.0, "minmuscle"), (0.5, "averagemuscle"), (1.0, "maxmuscle"))
_WEIGHT_KNOTS = ((0.0, "minweight"), (0.5, "averageweight"), (1.0, "maxweight"))

# Sliders are pairs of opposite morph targets. The order is part of what a seed means: do not sort.
_SLIDERS = (  # slider, target at -1, target at +1
    ("head/head-fat", "decr", "incr"),
    ("head/head-angle", "in", "out"),
    ("head/head-scale-horiz", "decr", "incr"),
    ("head/head-scale-vert", "decr", "incr"),
    ("head/head-scale-depth", "decr", "incr"),
    ("forehead/forehead-temple", "decr", "incr"),
    ("forehead/forehead-nubian", "decr", "incr"),
    ("forehead/forehead-scale-vert", "decr", "incr"),
    ("forehead/forehead-trans", "backward", "forward"),
    ("eyebrows/eyebrows-angle", "down", "up"),
    ("eyebrows/eyebrows-trans", "down", "up"),
    ("nose/nose-hump", "decr", "incr"),
    ("nose/nose-curve", "concave", "convex"),
    ("nose/nose-scale-horiz", "decr", "incr"),
    ("nose/nose-scale-vert", "decr", "incr"),
    ("nose/nose-scale-depth", "decr", "incr"),
    ("nose/nose-point-width", "decr", "incr"),
    ("nose/nose-nostrils-width", "decr", "incr"),
    ("nose/nose-width1", "decr", "incr"),
    ("nose/nose-width2", "decr", "incr"),
    ("nose/nose-width3", "decr", "incr"),
    ("nose/nose-base", "down", "up"),
    ("nose/nose-volume", "decr", "incr"),
    ("nose/nose-point", "down", "up"),
    ("mouth/mouth-scale-horiz", "decr", "incr"),
    ("mouth/mouth-upperlip-volume", "decr", "incr"),
    ("mouth/mouth-lowerlip-volume", "decr", "incr"),
    ("mouth/mouth-upperlip-height", "decr", "incr"),
    ("mouth/mouth-lowerlip-height", "decr", "incr"),
    ("mouth/mouth-trans", "down", "up"),
    ("mouth/mouth-cupidsbow", "decr", "incr"),
    ("mouth/mouth-angles", "down", "up"),
    ("mouth/mouth-philtrum-volume", "decr", "incr"),
    ("chin/chin-width", "decr", "incr"),
    ("chin/chin-height", "decr", "incr"),
    ("chin/chin-bones", "decr", "incr"),
    ("chin/chin-prominent", "decr", "incr"),
    ("chin/chin-prognathism", "decr", "incr"),
    ("chin/chin-jaw-drop", "decr", "incr"),
    ("chin/chin-cleft", "decr", "incr"),
    ("neck/neck-double", "decr", "incr"),
    ("neck/neck-scale-horiz", "decr", "incr"),
)
_SIDE_SLIDERS = (  # {} is the side: both move alike, but for a small random difference
    ("eyes/{}-eye-scale", "decr", "incr"),
    ("eyes/{}-eye-trans", "in", "out"),
    ("eyes/{}-eye-height2", "decr", "incr"),
    ("eyes/{}-eye-corner1", "down", "up"),
    ("eyes/{}-eye-corner2", "down", "up"),
    ("eyes/{}-eye-epicanthus", "in", "out"),
    ("eyes/{}-eye-eyefold", "down", "up"),
    ("eyes/{}-eye-bag", "decr", "incr"),
    ("cheek/{}-cheek-bones", "decr", "incr"),
    ("cheek/{}-cheek-volume", "decr", "incr"),
    ("cheek/{}-cheek-inner", "decr", "incr"),
    ("ears/{}-ear-scale", "decr", "incr"),
    ("ears/{}-ear-wing", "decr", "incr"),
    ("ears/{}-ear-lobe", "decr", "incr"),
)
_OUTLINES = tuple(
    f"head/head-{name}"
    for name in ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
)
_SKULL_FOLDERS = ("head/", "forehead/", "neck/")
_SKULL_STRENGTH = 0.4  # skull sliders are strong: at full strength crania turn implausible
_EYE_STRENGTH = 0.22  # large eye sliders leave the lids off the eyeball


def _partition(x: float, knots: Sequence[tuple[float, str]]) -> dict[str, float]:
    """Piecewise-linear weights, summing to 1, of the knots around x."""
    for (start, name), (end, next_name) in zip(knots[:-1], knots[1:], strict=True):
        if start <= x <= end:
            t = (x - start) / (end - start)
            return {name: 1 - t, next_name: t}
    return {(knots[0] if x < knots[0][0] else knots[-1])[1]: 1.0}


def shaped_vertices(
    assets: HeadAssets,
    *,
    gender: float,  # 0 female .. 1 male
    age_years: float,
    ancestry: Sequence[float],  # weights in the order of ANCESTRIES
    muscle: float,  # 0 .. 1
    weight: float,  # 0 .. 1
    details: Mapping[str, float],  # morph target -> weight
) -> np.ndarray:
    """Neutral base vertices float32 [N, 3], decimetres, in MakeHuman's coordinates.

    Raises:
        AssetsError: `details` names an unknown morph target.
    """
    vertices = assets.vertices.copy()
    ages = _partition(age_years, _AGE_KNOTS)
    genders = {"female": 1 - gender, "male": gender}
    muscles, weights = _partition(muscle, _MUSCLE_KNOTS), _partition(weight, _WEIGHT_KNOTS)
    ancestries = dict(zip(ANCESTRIES, np.array(ancestry, float) / np.sum(ancestry), strict=True))
    for r, g, a in product(ancestries, genders, ages):
        assets.add_target(vertices, f"macro/{r}-{g}-{a}", float(ancestries[r] * genders[g] * ages[a]))
    for g, a, m, w in product(genders, ages, muscles, weights):
        share = float(genders[g] * ages[a] * muscles[m] * weights[w])
        assets.add_target(vertices, f"macro/universal-{g}-{a}-{m}-{w}", share)
    for name, amount in details.items():
        assets.add_target(vertices, name, float(amount))
    return vertices


def random_details(rng: np.random.Generator, strength: float) -> dict[str, float]:
    """Random detail sliders; `strength` is the standard deviation of a full-strength slider."""
    details: dict[str, float] = {}

    def put(slider: str, negative: str, positive: str, value: float) -> None:
        details[f"{slider}-{positive if value > 0 else negative}"] = min(abs(value), 1)

    for slider, negative, positive in _SLIDERS:
        sigma = strength * (_SKULL_STRENGTH if slider.startswith(_SKULL_FOLDERS) else 1.0)
        put(slider, negative, positive, float(np.clip(rng.normal(0, sigma), -1, 1)))
    for slider, negative, positive in _SIDE_SLIDERS:
        sigma = strength * (_EYE_STRENGTH if slider.startswith("eyes") else 1.0)
        value = float(np.clip(rng.normal(0, sigma), -1, 1))
        for side in "lr":
            put(slider.format(side), negative, positive, value + float(rng.normal(0, 0.05)))
    for outline in rng.choice(_OUTLINES, 2, replace=False):
        details[str(outline)] = float(rng.uniform(0.05, 0.4))
    return details


def random_asymmetry(rng: np.random.Generator, assets: HeadAssets) -> dict[str, float]:
    """Six random static asymmetries, as every face has."""
    names = [name for name in assets.target_names if name.startswith("asym/")]
    return {str(name): float(rng.uniform(0.05, 0.35)) for name in rng.choice(names, 6, replace=False)}
