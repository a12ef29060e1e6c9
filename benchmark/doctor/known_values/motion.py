"""Known values of head pose, gaze and keypoint distances: turns and directions that are chosen."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import (
    FRAME_HW,
    RIGID_68,
    about,
    case,
    fitted_rotation,
    people,
    photograph,
    rotation,
    seen_by,
    template,
    video,
)
from benchmark.doctor.known_values.value import CLOSED_FORM, INDEPENDENT, KnownValue, of_case

_WITHOUT_FACE, _KEPT = 1, (0, 2, 3, 4, 5)
# Yaw, pitch, roll of seven frames of the driver, of which the output lacks the last; the output is off by so much, each
# angle in its own direction.
_DRIVER_DEG = np.array(
    [[0, 0, 0], [20, 5, -8], [9, 9, 9], [-30, 12, 25], [-172, -20, 10], [15, 30, -60], [5, 5, 5]], float
)
_OFF_DEG = np.array([[1, -2, 0.5], [3, 1, -4], [8, 8, 8], [-2, 5, 3], [-20, -4, 6], [4, -6, -9], [9, 9, 9]], float)


def known_values() -> tuple[KnownValue, ...]:
    """Rigid heads have closed forms; faces that move are fitted by quaternions instead of singular values."""
    return (*_angles(), *_fits(), *_stable_fits(), *_keypoints(), _coefficients())


def _angles() -> list[KnownValue]:
    """Rigid heads in known poses. Frame 4 turns over the half turn, where angles wrap."""
    head = template()[0]
    driver = _shoot(head, [rotation(*one) for one in _DRIVER_DEG])
    output = _shoot(head, [rotation(*one) for one in _DRIVER_DEG + _OFF_DEG])
    errors = np.array([3, 10, 0.4, 25, 178.0])  # about a new axis each: the angle of the rotation between both
    axes = np.random.default_rng(1).normal(size=(5, 3))
    turned = [rotation(*_DRIVER_DEG[t]) @ about(axes[i], errors[i]) for i, t in enumerate(_KEPT)]
    spun = _shoot(head, [*turned[:1], np.eye(3), *turned[1:], np.eye(3)])
    found = [_value("pose_error_deg[mesh468]", "rigid heads turned by chosen angles", driver, spun, errors.mean())]
    kept = list(_KEPT)
    name = "rigid heads off in each angle"
    found.append(_value("apd_deg[mesh468]", name, driver, output, abs(_OFF_DEG[kept]).mean()))
    moved = _wrapped(_DRIVER_DEG[kept] - _DRIVER_DEG[0])
    error = _wrapped(_OFF_DEG[kept] - _OFF_DEG[0])
    share = 1 - np.abs(error).sum() / np.abs(moved).sum()
    found.append(_value("pose_transfer[mesh468]", name, driver, output, share))
    # Six degrees is the least mean motion of a driver; the first frame never moves.
    for name, mean_deg, value in (("too little", 5.95, None), ("just enough", 6.05, 1.0)):
        shots = _shoot(head, [rotation(0, 0, 0), *[rotation(3, -2, mean_deg * 7 / 6 - 5)] * 6])
        where = case(video(shots), video(shots))
        found.append(of_case("pose_transfer[mesh468]", f"a driver that moves {name}", CLOSED_FORM, where, value))
    return found


def _fits() -> list[KnownValue]:
    """Faces that move: what a weighted fit says of them, by another algorithm."""
    driver, output = people(template()[0], seed=3, frames=7)
    points, weights = template()
    fits = [[fitted_rotation(points, px[t].astype(float), weights) for t in range(7)] for px in (driver, output)]
    kept = list(_KEPT)
    angles = [np.degrees(np.arccos((np.trace(b.T @ a) - 1) / 2)) for a, b in zip(*fits, strict=True)]
    euler = [np.array([_euler_deg(one) for one in side]) for side in fits]
    apart = np.abs(_wrapped(euler[1] - euler[0]))[kept].mean()
    moved, followed = (_wrapped(side[kept] - side[0]) for side in euler)
    share = 1 - np.abs(_wrapped(followed - moved)).sum() / np.abs(moved).sum()
    name = "two people in random expressions and poses"
    expected = {"pose_error_deg": np.mean([angles[t] for t in kept]), "apd_deg": apart, "pose_transfer": share}
    return [
        _value(f"{metric}[{detector}]", name, driver, output, float(value), fitted=True)
        for detector in ("mesh468", "mesh478")
        for metric, value in expected.items()
    ]


def _stable_fits() -> list[KnownValue]:
    """The same of 68 points, of which ten decide."""
    from feed_dataset.synthetic.rig.landmarks import MESH_TO_68

    canonical, rigid = template()[0][list(MESH_TO_68)], list(RIGID_68)
    driver, output = people(canonical, seed=13, frames=7)
    fits = [
        [fitted_rotation(canonical[rigid], px[t, rigid].astype(float)) for t in range(7)] for px in (driver, output)
    ]
    kept = list(_KEPT)
    angles = [np.degrees(np.arccos((np.trace(b.T @ a) - 1) / 2)) for a, b in zip(*fits, strict=True)]
    euler = [np.array([_euler_deg(one) for one in side]) for side in fits]
    moved, followed = (_wrapped(side[kept] - side[0]) for side in euler)
    expected = {
        "pose_error_deg": np.mean([angles[t] for t in kept]),
        "apd_deg": np.abs(_wrapped(euler[1] - euler[0]))[kept].mean(),
        "pose_transfer": 1 - np.abs(_wrapped(followed - moved)).sum() / np.abs(moved).sum(),
    }
    name = "two people in random expressions and poses"
    return [
        _value(f"{metric}[landmarks68]", name, driver, output, float(value), fitted=True)
        for metric, value in expected.items()
    ]


def _value(
    metric: str, name: str, driver: np.ndarray, output: np.ndarray, expected: float, *, fitted: bool = False
) -> KnownValue:
    """The output has no face in frame 1, and no last frame."""
    detector = metric.partition("[")[2].rstrip("]")
    where = case(seen_by(detector, output[:-1], (_WITHOUT_FACE,)), seen_by(detector, driver, ()))
    basis = INDEPENDENT if fitted else CLOSED_FORM
    return of_case(metric, name, basis, where, float(expected), scored=len(_KEPT), due=7, tolerance=3e-4)


def _shoot(head: np.ndarray, turns: list[np.ndarray]) -> np.ndarray:
    """[T, 468, 3]; sizes and places differ."""
    return np.stack([photograph(head, turn, 80 + 5 * t, (110 + t, 150.0)) for t, turn in enumerate(turns)])


def _euler_deg(r: np.ndarray) -> np.ndarray:
    """Angles of Y(yaw) X(pitch) Z(-roll), read off its product."""
    yaw, roll = np.arctan2(r[0, 2], r[2, 2]), np.arctan2(-r[1, 0], r[1, 1])
    return np.degrees([yaw, np.arcsin(-r[1, 2]), roll])


def _wrapped(degrees: np.ndarray) -> np.ndarray:
    return np.asarray(degrees - 360 * np.round(degrees / 360))


def _keypoints() -> list[KnownValue]:
    """Every point of every frame off by its own distance in x, y and depth, which does not count."""
    random, found = np.random.default_rng(4), []
    for name, count in (("mesh468", 468), ("mesh478", 478), ("landmarks68", 68)):
        reference = random.uniform(0, 240, (6, count, 3)).astype(np.float32)
        off = random.normal(0, np.arange(1, 7)[:, None, None], reference.shape).astype(np.float32)
        output = reference + off
        apart = output[list(_KEPT)].astype(np.float64) - reference[list(_KEPT)]
        expected = (np.abs(apart[..., 0]).mean() + np.abs(apart[..., 1]).mean()) / 2 * 256 / FRAME_HW[0]
        sides = [
            video(px, missing) if name == "mesh468" else video(None, missing, {name: px}, frames=6)
            for px, missing in ((output, (_WITHOUT_FACE,)), (reference, ()))
        ]
        # The driver is somebody else: the reference decides.
        where = case(sides[0], video(random.uniform(0, 99, (6, 468, 3))), reference=sides[1])
        text = "random points, each off by its own distance"
        found.append(of_case(f"akd[{name}]", text, INDEPENDENT, where, float(expected), scored=len(_KEPT), due=6))
    return found


def _coefficients() -> KnownValue:
    """All coefficients off, the first of them ("neutral") most, which does not count."""
    random = np.random.default_rng(5)
    driver, output = (random.uniform(0, 1, (6, 52)).astype(np.float32) for _ in range(2))
    output[:, 0], driver[:, 0] = 1.0, 0.0
    where = case(
        video(None, (_WITHOUT_FACE,), {"blendshapes": output}, frames=6),
        video(None, arrays={"blendshapes": driver}, frames=6),
    )
    apart = sum(abs(float(output[t, i]) - float(driver[t, i])) for t in _KEPT for i in range(1, 52))
    text, expected = "random coefficients", apart / (len(_KEPT) * 51)
    return of_case("aed[blendshapes52]", text, INDEPENDENT, where, expected, scored=len(_KEPT), due=6)
