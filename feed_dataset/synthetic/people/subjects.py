"""Who is rendered: the parameters of a synthetic person, eight hand-made people, and random ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.synthetic.people.hair_styles import BALD, HAIR_NAMES, HAIR_STYLES

Rgb = tuple[float, float, float]

_UNIT_FIELDS = (
    "gender",
    "muscle",
    "weight",
    "tone",
    "stubble",
    "beard",
    "recede",
    "freckles",
    "detail_strength",
)
_COLOUR_FIELDS = ("hair_rgb", "iris_rgb", "iris_inner_rgb", "cloth_rgb")
_AGE_RANGE_YEARS = (18, 90)
_BROW_DARKENING = 0.9


class SubjectError(FeedError):
    """A synthetic subject has a parameter out of range, or does not exist."""


@dataclass(frozen=True)
class SubjectSpec:
    """Everything that makes one synthetic person; equal specs give equal renders.

    Numbers are in [0, 1] unless said otherwise. Hair and brow colours are sRGB, iris and cloth linear RGB.

    Raises:
        SubjectError: a value out of range, or an unknown hair style.
    """

    seed: int  # shape details, asymmetry, skin texture and strands
    gender: float  # 0 female .. 1 male
    age_years: float
    ancestry: tuple[
        float, float, float
    ]  # weights of MakeHuman's african, asian and caucasian targets; any positive sum
    tone: float  # skin, 0 light .. 1 dark
    hair: str  # one of HAIR_NAMES
    hair_rgb: Rgb
    iris_rgb: Rgb
    iris_inner_rgb: Rgb  # around the pupil
    cloth_rgb: Rgb
    brow_rgb: Rgb | None = None  # None: a little darker than the hair
    muscle: float = 0.5
    weight: float = 0.5
    stubble: float = 0.0
    beard: float = 0.0
    recede: float = 0.0  # hairline
    freckles: float = 0.0
    detail_strength: float = 0.38  # spread of the random shape details

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise SubjectError(f"expected seed to be a non-negative integer but got {self.seed!r}")
        for name in _UNIT_FIELDS:
            _check_range(name, getattr(self, name), 0, 1)
        _check_range("age_years", self.age_years, *_AGE_RANGE_YEARS)
        if len(self.ancestry) != 3 or not all(math.isfinite(w) and w >= 0 for w in self.ancestry):
            raise SubjectError(f"expected ancestry to be three non-negative weights but got {self.ancestry!r}")
        if sum(self.ancestry) <= 0:
            raise SubjectError(f"expected an ancestry weight above 0 but got {self.ancestry!r}")
        if self.hair not in HAIR_NAMES:
            raise SubjectError(unknown("hair style", self.hair, HAIR_NAMES))
        for name in _COLOUR_FIELDS + (() if self.brow_rgb is None else ("brow_rgb",)):
            colour = getattr(self, name)
            if len(colour) != 3:
                raise SubjectError(f"expected {name} to be three numbers but got {colour!r}")
            for channel in colour:
                _check_range(name, channel, 0, 1)

    @property
    def male(self) -> bool:
        """Which of two looks the features without a blend take: lips, lids, brows, lashes."""
        return self.gender > 0.5

    @property
    def brow_colour_rgb(self) -> Rgb:
        """Brow and beard colour sRGB."""
        if self.brow_rgb is not None:
            return self.brow_rgb
        red, green, blue = (channel * _BROW_DARKENING for channel in self.hair_rgb)
        return red, green, blue

    @property
    def hair_fibres(self) -> int:
        """Hairs drawn on one ribbon of scalp hair."""
        return 1 if self.hair == BALD else HAIR_STYLES[self.hair].fibres


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise SubjectError(f"expected {name} in [{low}, {high}] but got {value!r}")


SUBJECTS: Mapping[str, SubjectSpec] = MappingProxyType(
    {
        "S01": SubjectSpec(
            seed=3,
            gender=1,
            age_years=30,
            ancestry=(0, 0, 1),
            tone=0.17,
            hair="short",
            stubble=0.5,
            hair_rgb=(0.19, 0.12, 0.07),
            iris_rgb=(0.08, 0.12, 0.16),
            iris_inner_rgb=(0.16, 0.17, 0.14),
            cloth_rgb=(0.05, 0.06, 0.09),
        ),
        "S02": SubjectSpec(
            seed=14,
            gender=0,
            age_years=27,
            ancestry=(0, 0, 1),
            tone=0.1,
            hair="long",
            freckles=0.6,
            hair_rgb=(0.42, 0.28, 0.15),
            iris_rgb=(0.07, 0.13, 0.09),
            iris_inner_rgb=(0.16, 0.14, 0.06),
            cloth_rgb=(0.22, 0.06, 0.07),
        ),
        "S03": SubjectSpec(
            seed=21,
            gender=1,
            age_years=36,
            ancestry=(1, 0, 0),
            tone=0.8,
            hair="buzz",
            stubble=0.5,
            beard=0.12,
            hair_rgb=(0.05, 0.04, 0.035),
            iris_rgb=(0.05, 0.025, 0.012),
            iris_inner_rgb=(0.08, 0.04, 0.02),
            cloth_rgb=(0.35, 0.33, 0.3),
        ),
        "S04": SubjectSpec(
            seed=35,
            gender=0,
            age_years=24,
            ancestry=(0, 1, 0),
            tone=0.24,
            hair="bob",
            hair_rgb=(0.06, 0.045, 0.04),
            iris_rgb=(0.045, 0.025, 0.015),
            iris_inner_rgb=(0.07, 0.04, 0.02),
            cloth_rgb=(0.1, 0.16, 0.2),
        ),
        "S05": SubjectSpec(
            seed=47,
            gender=1,
            age_years=68,
            ancestry=(0, 0, 1),
            tone=0.16,
            weight=0.62,
            hair="short",
            recede=1.0,
            stubble=0.3,
            hair_rgb=(0.62, 0.6, 0.58),
            brow_rgb=(0.5, 0.48, 0.46),
            iris_rgb=(0.09, 0.13, 0.17),
            iris_inner_rgb=(0.17, 0.18, 0.17),
            cloth_rgb=(0.14, 0.12, 0.1),
        ),
        "S06": SubjectSpec(
            seed=58,
            gender=0,
            age_years=40,
            ancestry=(0.85, 0, 0.15),
            tone=0.66,
            hair="afro",
            hair_rgb=(0.06, 0.045, 0.035),
            iris_rgb=(0.05, 0.025, 0.012),
            iris_inner_rgb=(0.08, 0.04, 0.02),
            cloth_rgb=(0.5, 0.35, 0.06),
        ),
        "S07": SubjectSpec(
            seed=66,
            gender=1,
            age_years=45,
            ancestry=(0, 0.35, 0.65),
            tone=0.42,
            weight=0.6,
            hair="swept",
            stubble=0.8,
            beard=0.55,
            hair_rgb=(0.07, 0.055, 0.05),
            iris_rgb=(0.06, 0.03, 0.015),
            iris_inner_rgb=(0.1, 0.055, 0.025),
            cloth_rgb=(0.06, 0.1, 0.07),
        ),
        "S08": SubjectSpec(
            seed=73,
            gender=1,
            age_years=22,
            ancestry=(0, 1, 0),
            tone=0.22,
            hair="side",
            hair_rgb=(0.055, 0.045, 0.04),
            iris_rgb=(0.045, 0.025, 0.015),
            iris_inner_rgb=(0.07, 0.04, 0.02),
            cloth_rgb=(0.3, 0.3, 0.33),
        ),
    }
)
"""The eight people of feed-mini."""


_HAIR_CHOICES = {  # (dark-skinned, male) -> styles
    (False, True): ("buzz", "short", "swept", "side", BALD),
    (False, False): ("long", "bob", "swept", "curly"),
    (True, True): ("buzz", BALD, "afro"),
    (True, False): ("afro", "buzz", "bob", "long"),
}
_LIGHT_HAIR_RGB = ((0.07, 0.05, 0.04), (0.2, 0.13, 0.08), (0.45, 0.32, 0.18), (0.38, 0.16, 0.07))
_LIGHT_HAIR_SHARES = (0.35, 0.4, 0.18, 0.07)
_DARK_HAIR_RGB = (0.055, 0.045, 0.04)
_GREY_HAIR_RGB = (0.6, 0.58, 0.56)
_IRISES = (  # (iris, around the pupil): brown, blue, green, light brown
    ((0.05, 0.025, 0.012), (0.08, 0.04, 0.02)),
    ((0.08, 0.12, 0.16), (0.16, 0.17, 0.14)),
    ((0.07, 0.11, 0.06), (0.15, 0.13, 0.05)),
    ((0.11, 0.07, 0.03), (0.16, 0.1, 0.045)),
)


def _rgb(colour: np.ndarray) -> Rgb:
    red, green, blue = (float(channel) for channel in colour)
    return red, green, blue


def random_subject(seed: int) -> SubjectSpec:
    """A random person; the same seed always gives the same one.

    Hair, eyes and skin go with ancestry, baldness and grey with age. Trained models depend on the order in
    which the random numbers are drawn here: do not change it.
    """
    rng = np.random.default_rng(seed)
    man = int(rng.random() < 0.5)
    main = rng.choice(3, p=[0.27, 0.3, 0.43])
    ancestry = np.full(3, 0.04)
    ancestry[main] = 1
    if rng.random() < 0.25:
        second = rng.choice(3)
        ancestry[second] += rng.uniform(0.2, 0.6)
    ancestry /= ancestry.sum()
    tone = float(np.clip(ancestry @ (0.78, 0.24, 0.15) + rng.normal(0, 0.06), 0.02, 0.97))
    age = int(np.clip(rng.gamma(6, 6.2) + 8, 18, 80))
    dark = ancestry[0] + ancestry[1] > 0.5
    grey = np.clip((age - 45) / 35, 0, 1) * rng.uniform(0.5, 1)
    natural = _DARK_HAIR_RGB if dark else _LIGHT_HAIR_RGB[rng.choice(4, p=_LIGHT_HAIR_SHARES)]
    hair_rgb = np.array(natural) * (1 - grey) + np.array(_GREY_HAIR_RGB) * grey
    hair = str(rng.choice(_HAIR_CHOICES[bool(ancestry[0] >= 0.5), bool(man)]))
    iris, iris_inner = _IRISES[0 if dark else rng.choice(4)]
    return SubjectSpec(
        seed=seed,
        gender=float(np.clip(man + float(rng.uniform(-0.12, 0.12)) * (1 - 2 * man), 0, 1)),
        age_years=age,
        ancestry=_rgb(ancestry),
        muscle=float(rng.uniform(0.3, 0.8)),
        weight=float(rng.uniform(0.25, 0.85)),
        tone=tone,
        hair=hair,
        hair_rgb=_rgb(hair_rgb),
        iris_rgb=iris,
        iris_inner_rgb=iris_inner,
        recede=float(np.clip((age - 35) / 40, 0, 1) * rng.uniform(0.2, 1)) if man else 0.0,
        stubble=float(rng.uniform(0, 0.8)) if man else 0.0,
        beard=float(rng.choice([0, 0, 0.12, 0.5])) if man else 0.0,
        freckles=float(rng.random() < 0.2) * 0.5,
        cloth_rgb=_rgb(rng.uniform(0.03, 0.4, 3)),
        detail_strength=0.42,
    )
