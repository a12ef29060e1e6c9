"""Known values of winks and tongues: time lines short enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.doctor.known_values.heads import (
    EYE_CORNERS_468,
    LIP_PAIRS,
    case,
    photograph,
    rotation,
    seen_by,
    template,
    video,
)
from benchmark.doctor.known_values.value import EXACTLY, KnownValue, of_case
from benchmark.features.extractors.tongue_untellable import Untellable
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

_LEFT_LIDS, _RIGHT_LIDS = ((387, 373), (386, 374), (385, 380)), ((160, 144), (159, 145), (158, 153))

# Tongue in squared eye distances, all and beyond the lips, relative to the first frame. Out from 0.03 with 0.004 beyond
# until below half of either.
_DRIVER_TONGUE = (0, 0.1, 0.0152, 0.0148, 0.12, -0.01, 0.2, 0.0304, 0.0148, 0.1, 0)
_DRIVER_BEYOND = (0, 0.01, 0.01, 0.01, 0.00404, 0, 0.00396, 0.01, 0.01, 0.00396, 0)  # out at 1 2, 4, 7
_OUTPUT_TONGUE = (0, 0, 0.0304, 0.0152, 0.2, 0.02, 9.0, 0.0296, -0.01, 0.06, 0.06)
_OUTPUT_BEYOND = (0, 0, 0.00404, 0.00404, 0.00202, 0.00202, 9.0, 0.01, 0, 0.01, 0.00202)  # out at 2 3 4 5, 9 10
_NO_FACE_TONGUE = 6  # ends the output's
# Of the output's 6 frames 2, 3, 4 and 5 are right; of the driver's 4, all but 7.
_TONGUE_F1 = 2 * (4 / 6) * (3 / 4) / (4 / 6 + 3 / 4)
_TONGUE_TRANSFER = 1 - (0.1 + 0.0152 + 0.0152 + 0.08 + 0.02 + 0.0304 + 0.06 + 0.06) / 0.2656


def known_values() -> tuple[KnownValue, ...]:
    """F1 and shares counted by hand; a driver that does nothing has no value."""
    name = "a time line counted by hand"
    winks = case(_winks(_OUTPUT_WINK, (_NO_FACE_WINK,)), _winks(_DRIVER_WINK, ()))
    tongues = case(_tongues(_OUTPUT_TONGUE, _OUTPUT_BEYOND, (_NO_FACE_TONGUE,)), _driver())
    without = case(_winks(_DRIVER_WINK, ()), _winks([0.0] + [0.248] * 13, ()))
    lids = case(_lids(_OUTPUT_WINK, (_NO_FACE_WINK,)), _lids(_DRIVER_WINK, ()))
    open_lids = case(_lids(_DRIVER_WINK, ()), _lids([0.0] + [0.248] * 13, ()))
    inside = case(_driver(), _tongues(_DRIVER_TONGUE, [0.00396] * 11))
    return (
        of_case("wink_f1[blendshapes52]", name, EXACTLY, winks, _WINK_F1, scored=13, due=14),
        of_case("wink_f1[blendshapes52]", "a driver that does not wink", EXACTLY, without, None),
        of_case("wink_f1[mesh478]", name, EXACTLY, lids, _WINK_F1, scored=13, due=14),
        of_case("wink_f1[mesh478]", "a driver that does not wink", EXACTLY, open_lids, None),
        of_case("tongue_f1[mesh468]", name, EXACTLY, tongues, _TONGUE_F1, scored=10, due=11),
        of_case("tongue_f1[mesh468]", "a driver whose tongue stays inside", EXACTLY, inside, None),
        of_case("tongue_transfer[mesh468]", name, EXACTLY, tongues, _TONGUE_TRANSFER, scored=10, due=11),
        of_case("tongue_transfer[mesh468]", "a driver whose tongue stays inside", EXACTLY, inside, None),
        *_open_at_rest(),
        *_untellable(),
    )


def _open_at_rest() -> list[KnownValue]:
    """A mouth that is a tenth of the eyes' distance open on the first frame hides what a tongue would look like."""
    found = []
    for who in ("driver", "output"):
        for name, opening in (("hardly open", 0.0995), ("too open", 0.1005)):
            mouth, still = (_driver(opening=one) for one in (opening, 0.02))
            where = case(still, mouth) if who == "driver" else case(mouth, still)
            for metric in ("tongue_f1[mesh468]", "tongue_transfer[mesh468]"):
                expected = 1.0 if opening < 0.1 else None
                found.append(of_case(metric, f"the {who}'s mouth {name} at rest", EXACTLY, where, expected))
    return found


def _untellable() -> list[KnownValue]:
    """A first frame that cannot say what a tongue looks like, of either video."""
    found = []
    for code in (Untellable.DARK, Untellable.BRIGHT, Untellable.BLUE_LIPS):
        for who, output, driver in (("driver", 0, code), ("output", code, 0)):
            where = case(_driver(untellable=output), _driver(untellable=driver))
            name = f"the {who}'s first frame: {code.name.lower().replace('_', ' ')}"
            for metric in ("tongue_f1[mesh468]", "tongue_transfer[mesh468]"):
                found.append(of_case(metric, name, EXACTLY, where, None))
    return found


def _winks(differences: Sequence[float], missing: tuple[int, ...]) -> FaceFeatures:
    """Coefficients 9 (left) and 10 (right) of eyes that are not shut alike at rest either; the others do anything."""
    half = (np.asarray(differences, np.float64) + 0.1) / 2
    rows = np.random.default_rng(len(missing)).uniform(0, 1, (len(half), 52))
    rows[:, 9], rows[:, 10] = 0.5 + half, 0.5 - half
    return video(None, missing, {"blendshapes": rows}, frames=len(rows))


def _lids(differences: Sequence[float], missing: tuple[int, ...]) -> FaceFeatures:
    """The lids of heads that turn; both eyes open and close as they like besides, and are not open alike at rest.

    By lids a wink begins at 0.03 eye distances and lasts from 0.02 on, where 0.25 and 0.15 are brought. Each pair of
    points across an opening counts its own share.
    """
    random = np.random.default_rng(40 + len(missing))
    head = template()[0]
    iod = float(np.linalg.norm(head[EYE_CORNERS_468[0]] - head[EYE_CORNERS_468[1]]))
    shots = []
    time_line = np.asarray(differences, np.float64)
    for wink in np.sign(time_line) * (0.005 + 0.1 * np.abs(time_line)):
        moved, both = head.copy(), random.uniform(0.05, 0.15)
        for lids, opening in ((_LEFT_LIDS, both - wink / 2 + 0.01), (_RIGHT_LIDS, both + wink / 2)):
            for (upper, lower), share in zip(lids, (0.4, 1.0, 1.6), strict=True):
                middle = random.normal(0, 0.02, 3)
                moved[[upper, lower]] = head[lower] + middle
                moved[upper, 1] += share * opening * iod
        turn = rotation(*random.uniform(-20, 20, 3))
        shots.append(photograph(moved, turn, random.uniform(70, 110)))
    return seen_by("mesh478", np.stack(shots), missing)


def _driver(*, opening: float = 0.0, untellable: int = 0) -> FaceFeatures:
    return _tongues(_DRIVER_TONGUE, _DRIVER_BEYOND, opening=opening, untellable=untellable)


def _tongues(
    areas: Sequence[float],
    beyond: Sequence[float],
    missing: tuple[int, ...] = (),
    opening: float = 0.0,
    untellable: int = 0,
) -> FaceFeatures:
    """Visible tongue, which does anything, and tongue, of which something is taken for one at rest.

    The inner lips are so many eye distances apart on average, each pair its own way.
    """
    joined, out = np.asarray(areas, np.float64) + 0.02, np.asarray(beyond, np.float64) + 0.001
    visible = np.random.default_rng(len(missing)).uniform(0, 1, len(joined))
    head = template()[0].copy()
    between = opening * np.linalg.norm(head[33] - head[263])
    for (upper, lower), share in zip(LIP_PAIRS, np.linspace(0.4, 1.6, len(LIP_PAIRS)), strict=True):
        head[upper] = head[lower] + share * between * np.array([0.6, 0.0, 0.8])
    still = np.repeat(photograph(head, np.eye(3))[None], len(joined), axis=0)
    rows = np.stack([visible, joined, out, np.full(len(joined), float(untellable))], axis=1)
    return video(still, missing, {"tongue": rows})
