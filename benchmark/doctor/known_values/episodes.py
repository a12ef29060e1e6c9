"""Known values of winks and tongues: time lines short enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.heads import LIP_PAIRS, case, photograph, template, video
from benchmark.doctor.known_values.value import EXACTLY, KnownValue, of_case
from benchmark.features.types.case import FaceFeatures

# Left minus right closure, relative to the first frame. A wink begins at 0.25 and lasts while it is at least 0.15.
_DRIVER_WINK = (
    0,
    0.3,
    0.2,
    0.152,
    0.148,
    0,
    0,
    -0.252,
    -0.152,
    -0.148,
    0.248,
    0,
    0.252,
    0,
)  # + at 1 2 3, - at 7 8, + at 12
_OUTPUT_WINK = (0, 0, 0.252, 0.152, 0.152, 9.0, 0.2, 0.3, 0, -0.252, -0.148, 0, 0, 0.248)  # + at 2 3 4, + at 7, - at 9
_NO_FACE_WINK = 5  # ends the output's wink
# Of the output's 5 frames 2, 3, 4 and 9 have the driver's same wink within a frame; of its 6, all but 7 and 12 are met.
_WINK_F1 = 2 * (4 / 5) * (4 / 6) / (4 / 5 + 4 / 6)

# Lit tongue in squared eye distances, relative to the first frame. Out from 0.04 until below 0.03.
_DRIVER_TONGUE = (0, 0.1, 0.0304, 0.0296, 0.12, -0.01, 0, 0.0404, 0.0296, 0, 0)  # out at 1 2, 4, 7
_OUTPUT_TONGUE = (0, 0, 0.0404, 0.0304, 0.0304, 0.02, 9.0, 0.0396, -0.01, 0.06, 0.06)  # out at 2 3 4, 9 10
_NO_FACE_TONGUE = 6
# Of the output's 5 frames 2, 3 and 4 are right; of the driver's 4, all but 7.
_TONGUE_F1 = 2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4)
_TONGUE_TRANSFER = 1 - (0.1 + 0.01 + 0.0008 + 0.0896 + 0.02 + 0.0008 + 0.0296 + 0.06 + 0.06) / 0.35


def known_values() -> tuple[KnownValue, ...]:
    """F1 and shares counted by hand; a driver that does nothing has no value."""
    name = "a time line counted by hand"
    winks = case(_winks(_OUTPUT_WINK, (_NO_FACE_WINK,)), _winks(_DRIVER_WINK, ()))
    tongues = case(_tongues(_OUTPUT_TONGUE, (_NO_FACE_TONGUE,)), _tongues(_DRIVER_TONGUE, ()))
    without = case(_winks(_DRIVER_WINK, ()), _winks([0.0] + [0.248] * 13, ()))
    shut = case(_tongues(_DRIVER_TONGUE, ()), _tongues([0.0] * 11, ()))
    return (
        of_case("wink_f1[blendshapes52]", name, EXACTLY, winks, _WINK_F1, scored=13, due=14),
        of_case("wink_f1[blendshapes52]", "a driver that does not wink", EXACTLY, without, None),
        of_case("tongue_f1[mesh468]", name, EXACTLY, tongues, _TONGUE_F1, scored=10, due=11),
        of_case("tongue_f1[mesh468]", "a driver without a tongue", EXACTLY, shut, None),
        of_case("tongue_transfer[mesh468]", name, EXACTLY, tongues, _TONGUE_TRANSFER, scored=10, due=11),
        of_case("tongue_transfer[mesh468]", "a driver without a tongue", EXACTLY, shut, None),
        *_open_at_rest(),
    )


def _open_at_rest() -> list[KnownValue]:
    """A mouth that is a tenth of the eyes' distance open on the first frame hides what a tongue would look like."""
    found = []
    for who in ("driver", "output"):
        for name, opening in (("hardly open", 0.0995), ("too open", 0.1005)):
            mouth, still = (_tongues(_DRIVER_TONGUE, (), opening=one) for one in (opening, 0.02))
            where = case(still, mouth) if who == "driver" else case(mouth, still)
            for metric in ("tongue_f1[mesh468]", "tongue_transfer[mesh468]"):
                expected = 1.0 if opening < 0.1 else None
                found.append(of_case(metric, f"the {who}'s mouth {name} at rest", EXACTLY, where, expected))
    return found


def _winks(differences: Sequence[float], missing: tuple[int, ...]) -> FaceFeatures:
    """Coefficients 9 (left) and 10 (right) of eyes that are not shut alike at rest either; the others do anything."""
    half = (np.asarray(differences, np.float64) + 0.1) / 2
    rows = np.random.default_rng(len(missing)).uniform(0, 1, (len(half), 52))
    rows[:, 9], rows[:, 10] = 0.5 + half, 0.5 - half
    return video(None, missing, {"blendshapes": rows}, frames=len(rows))


def _tongues(areas: Sequence[float], missing: tuple[int, ...], opening: float = 0.0) -> FaceFeatures:
    """Visible tongue, which does anything, and lit tongue, of which something is taken for one at rest.

    The inner lips are so many eye distances apart on average, each pair its own way.
    """
    lit = np.asarray(areas, np.float64) + 0.02
    visible = np.random.default_rng(len(missing)).uniform(0, 1, len(lit))
    head = template()[0].copy()
    between = opening * np.linalg.norm(head[33] - head[263])
    for (upper, lower), share in zip(LIP_PAIRS, np.linspace(0.4, 1.6, len(LIP_PAIRS)), strict=True):
        head[upper] = head[lower] + share * between * np.array([0.6, 0.0, 0.8])
    still = np.repeat(photograph(head, np.eye(3))[None], len(lit), axis=0)
    return video(still, missing, {"tongue": np.stack([visible, lit], axis=1)})
