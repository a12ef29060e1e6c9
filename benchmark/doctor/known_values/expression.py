"""Known values of expression transfer, error, intensity and asymmetry: random faces, described a second time here."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import (
    EYE_CORNERS_68,
    EYE_CORNERS_468,
    RIGID_68,
    RIGID_468,
    case,
    people,
    photograph,
    template,
    upright,
    video,
)
from benchmark.doctor.known_values.value import CLOSED_FORM, INDEPENDENT, Basis, KnownValue, of_case
from benchmark.features.types.case import CaseFeatures

_FRAMES, _WITHOUT_FACE = 7, 1  # the output has one frame fewer
_KEPT = (0, 2, 3, 4, 5)
_BASIS: Basis = INDEPENDENT
# A driver's least motion: mean of |d|_1, or root mean square of |d|.
_LEAST = {
    "expression_transfer[mesh468]": 0.15,
    **{f"{one}[{net}]": 0.07 for one in ("intensity", "intensity_error") for net in ("mesh468", "mesh478")},
    **{f"{one}[blendshapes52]": 0.45 for one in ("intensity", "intensity_error")},
    "asymmetry[mesh478]": 0.05,
    "asymmetry[blendshapes52]": 0.27,
}
_NAME = "two people in random expressions and poses"
_IRISES = np.zeros((_FRAMES, 10, 3), np.float32)

# Numbers of MediaPipe's blendshapes: all that are no gaze (11 to 18 are) and not neutral (0), and those with two sides.
_EXPRESSIVE = (*range(1, 11), *range(19, 52))
_LEFT_RIGHT = (
    (1, 2), (4, 5), (7, 8), (9, 10), (19, 20), (21, 22), (24, 26), (28, 29), (30, 31), (33, 39), (34, 35), (36, 37),
    (44, 45), (46, 47), (48, 49), (50, 51),
)  # fmt: skip


def known_values() -> tuple[KnownValue, ...]:
    """Both people's descriptions are made here from landmarks, or from coefficients; sums and ratios by hand."""
    driver_px, output_px = people(template()[0], seed=5, frames=_FRAMES)
    mesh = _mesh_case(driver_px, output_px)
    driver, output = _moved(_described(driver_px)), _moved(_described(output_px))
    gap, motion = np.abs(output - driver), np.abs(driver)
    found = []
    for detector in ("mesh468", "mesh478"):
        found.append(_value(f"expression_transfer[{detector}]", mesh, 1 - gap.sum() / motion.sum()))
        found.append(_value(f"expression_error[{detector}]", mesh, gap.mean()))
    found += _of_68_points()
    coefficients = np.random.default_rng(6).uniform(0, 1, (_FRAMES, 52)).astype(np.float32)
    weaker = (0.5 * coefficients + np.random.default_rng(7).uniform(0, 0.3, (_FRAMES, 52))).astype(np.float32)
    shapes = _coefficient_case(coefficients, weaker)
    more, less = (_moved(rows[:, list(_EXPRESSIVE)].astype(np.float64)) for rows in (coefficients, weaker))
    for network, where, one, other in (
        ("mesh468", mesh, driver, output),
        ("mesh478", mesh, driver, output),
        ("blendshapes52", shapes, more, less),
    ):
        gain = (one * other).sum() / (one * one).sum()
        found.append(_value(f"intensity[{network}]", where, gain))
        found.append(_value(f"intensity_error[{network}]", where, abs(1 - gain)))
    uneven_mesh = [_moved(_sides_of_mesh(px)) for px in (driver_px, output_px)]
    uneven_shapes = [_moved(_sides_of_coefficients(rows)) for rows in (coefficients, weaker)]
    for network, where, sides in (("mesh478", mesh, uneven_mesh), ("blendshapes52", shapes, uneven_shapes)):
        one, other = sides
        concordance = 2 * (one * other).sum() / ((one * one).sum() + (other * other).sum())
        found.append(_value(f"asymmetry[{network}]", where, concordance))
    return (*found, *_overacting(), *_nearly_still())


def _of_68_points() -> list[KnownValue]:
    driver_px, output_px = people(_canonical_68(), seed=15, frames=_FRAMES)
    output = video(None, (_WITHOUT_FACE,), {"landmarks68": output_px[:-1]}, frames=_FRAMES - 1)
    where = case(output, video(None, arrays={"landmarks68": driver_px}, frames=_FRAMES))
    driver, moved = (_moved(_described(px)) for px in (driver_px, output_px))
    gap = np.abs(moved - driver)
    return [
        _value("expression_transfer[landmarks68]", where, 1 - gap.sum() / np.abs(driver).sum()),
        _value("expression_error[landmarks68]", where, gap.mean()),
    ]


def _value(metric: str, where: CaseFeatures, expected: float) -> KnownValue:
    return of_case(metric, _NAME, _BASIS, where, float(expected), scored=len(_KEPT), due=_FRAMES, tolerance=2e-5)


def _overacting() -> list[KnownValue]:
    """A gain above 1 is an error, too; coefficients that move twice as far have a gain of 2."""
    random = np.random.default_rng(8)
    rest, moves = random.uniform(0, 1, (1, 52)), random.uniform(-0.5, 0.5, (_FRAMES, 52))
    moves[0] = 0.0
    twice = _coefficient_case(rest + moves, random.uniform(0, 1, (1, 52)) + 2 * moves)
    name, basis = "twice the driver's motion", CLOSED_FORM
    scored = len(_KEPT)
    return [
        of_case("intensity[blendshapes52]", name, basis, twice, 2.0, scored=scored),
        of_case("intensity_error[blendshapes52]", name, basis, twice, 1.0, scored=scored),
        of_case("asymmetry[blendshapes52]", name, basis, twice, 4 / 5, scored=scored),
    ]


def _nearly_still() -> list[KnownValue]:
    """A driver that moves by a hair less than what is needed has nothing to transfer, one by a hair more has.

    Frame 0 is at rest, as always. One point or one coefficient moves, so that the measure of motion has a closed form.
    """
    head, found = template()[0], []
    apart = float(np.linalg.norm(head[33] - head[263]))
    moving = (len(_KEPT) - 1) / len(_KEPT)
    for name, share in (("too little", 0.99), ("just enough", 1.01)):
        for metric, limit in _LEAST.items():
            best = None if share < 1 else 0.0 if "error" in metric else 1.0
            by = share * limit / (moving if "transfer" in metric else np.sqrt(moving))
            if "blendshapes52" in metric:
                rows = np.full((_FRAMES, 52), 0.3)
                rows[1:, 44] += by
                where = _coefficient_case(rows, rows)
            else:
                heads = np.repeat(head[None], _FRAMES, axis=0)
                if "asymmetry" in metric:
                    heads[1:, 386, 1] += 3 * by * apart  # a lid; its opening is the mean of three
                else:
                    heads[1:, 14, 1] -= by * apart  # the lower lip
                shots = np.stack([photograph(one, np.eye(3)) for one in heads]).astype(np.float32)
                where = _mesh_case(shots, shots)
            found.append(of_case(metric, f"a driver that moves {name}", CLOSED_FORM, where, best))
    return found


def _mesh_case(driver_px: np.ndarray, output_px: np.ndarray) -> CaseFeatures:
    with_irises = [np.concatenate([px, _IRISES[: len(px)]], axis=1) for px in (driver_px, output_px[:-1])]
    output = video(output_px[:-1], (_WITHOUT_FACE,), {"mesh478": with_irises[1]})
    return case(output, video(driver_px, arrays={"mesh478": with_irises[0]}))


def _coefficient_case(driver: np.ndarray, output: np.ndarray) -> CaseFeatures:
    seen = video(None, (_WITHOUT_FACE,), {"blendshapes": output[:-1]}, frames=_FRAMES - 1)
    return case(seen, video(None, arrays={"blendshapes": driver}, frames=_FRAMES))


def _moved(described: np.ndarray) -> np.ndarray:
    """The frames that count, relative to the first one."""
    return np.asarray(described[list(_KEPT)] - described[0])


_Points = int | tuple[int, ...]
# Index lists of the 13 measures, in their order; a height against another, a distance, or a place across.
_OF_MESH: tuple[tuple[_Points, _Points], ...] = (
    (13, 14), (61, 291), ((0, 13, 14, 17), 2), (291, 2), (61, 2), (0, 2), (152, 2),
    ((387, 386, 385), (373, 374, 380)), ((160, 159, 158), (144, 145, 153)),
    ((336, 285, 296, 295), (362, 263)), ((107, 55, 66, 65), (33, 133)),
    ((300, 276, 293, 283), (362, 263)), ((70, 46, 63, 53), (33, 133)),
)  # fmt: skip
_OF_68: tuple[tuple[_Points, _Points], ...] = (
    (62, 66), (48, 54), ((51, 57, 62, 66), 33), (54, 33), (48, 33), (51, 33), (8, 33),
    ((43, 44), (46, 47)), ((37, 38), (40, 41)),
    ((22, 23), (42, 45)), ((20, 21), (36, 39)), ((25, 26), (42, 45)), ((17, 18), (36, 39)),
)  # fmt: skip
_ACROSS, _DISTANCES = 2, (1, 6)


def _described(landmarks_px: np.ndarray) -> np.ndarray:
    """The 13 measures of each frame, float64 [T, 13]."""
    canonical, eyes, table = template()[0], EYE_CORNERS_468, _OF_MESH
    rigid: tuple[int, ...] = RIGID_468
    if landmarks_px.shape[1] == 68:
        canonical, rigid, eyes, table = _canonical_68(), RIGID_68, EYE_CORNERS_68, _OF_68
    heads = [upright(px.astype(np.float64), canonical, rigid, eyes) for px in landmarks_px]
    return np.array([[_measure(p, place, *pair) for place, pair in enumerate(table)] for p in heads])


def _measure(p: np.ndarray, place: int, one: _Points, other: _Points) -> float:
    if place in _DISTANCES:
        return float(np.sqrt(((p[one] - p[other]) ** 2).sum()))
    axis = 0 if place == _ACROSS else 1
    return float(p[np.atleast_1d(one), axis].mean() - p[np.atleast_1d(other), axis].mean())


def _canonical_68() -> np.ndarray:
    from feed_dataset.synthetic.rig.landmarks import MESH_TO_68

    return np.asarray(template()[0][list(MESH_TO_68)])


def _sides_of_mesh(landmarks_px: np.ndarray) -> np.ndarray:
    d = _described(landmarks_px)
    return np.stack([2 * d[:, 2], d[:, 3] - d[:, 4], d[:, 7] - d[:, 8], d[:, 9] - d[:, 10], d[:, 11] - d[:, 12]], 1)


def _sides_of_coefficients(rows: np.ndarray) -> np.ndarray:
    return np.stack([rows[:, left].astype(np.float64) - rows[:, right] for left, right in _LEFT_RIGHT], axis=1)
