"""Choose the uneven takes of feed-mini-cast: by driver, the first seed whose take has what the metrics need.

    python -m scripts.choose_takes                 # all drivers; about a minute for each candidate that is rendered
    python -m scripts.choose_takes R54 R80

Candidates are takes of FF in which, by their controls, the frames that the main protocol reads show a wink and another
uneven mouth while the head turns; more winking frames come first, then lower seeds. Each is rendered and measured as
the benchmark measures drivers, alone: no method and no source is looked at. The first that passes every threshold by a
margin is taken, of the driver's own way to turn before the others; where none passes, the best. Thresholds lie where a
driver counts as uneven, winking or turning.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.metrics.case_from_frames import case_from_frames
from benchmark.metrics.expression_features import BLENDSHAPES52, MESH478, PairedMotion, paired_motion, root_mean_square
from benchmark.metrics.frame_pairs import PairedArrays, pair_landmarks
from benchmark.metrics.landmark_sets import MESH478 as POINTS478
from benchmark.metrics.pose import MIN_MOTION_DEG, pose_residuals
from benchmark.metrics.scores import CaseScore
from benchmark.metrics.winks import ON, closure_difference
from benchmark.protocols import protocol
from feed_dataset.core.media.thinning import spread
from feed_dataset.synthetic.motion.timeline import NEUTRAL, Take, make_take
from feed_dataset.synthetic.scene.cameras import Camera, studio_cameras
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.write import subject_spec
from scripts.render_cast import DRIVEN, SEEDS_OF_UNEVEN, UNEVEN

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import Head

SEEDS = 400
WINKING, OTHERS = "snarl_left_wink_right", frozenset({"smile_left", "smile_right", "mouth_left"})
SHUT_BY = 0.75
"""Difference of the eyes' true closures that counts as a wink."""
TURNS = ("yaw", "nod", "roll")
"""By turns, in the order of drivers. A pure pitch is left out: its measure depends on the face's shape most."""
TRIES = 12
"""Candidates of each way to turn."""
MARGINS = (1.16, 1.2, 1.25)
_PROTOCOL = "feed-mini-cross"
_FEATURES = ("blendshapes", "mesh468", "mesh478")


@dataclass(frozen=True)
class Measured:
    """How a driver moves: root mean square unevenness, largest wink, mean turn."""

    unevenness: float
    wink: float
    turn_deg: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of the thresholds from which a driver is scored."""
        return self.unevenness / MESH478.min_unevenness, self.wink / ON, self.turn_deg / MIN_MOTION_DEG

    @property
    def is_enough(self) -> bool:
        """Whether every metric that needs it scores it, with a margin."""
        return all(share >= margin for share, margin in zip(self.shares, MARGINS, strict=True))

    def __str__(self) -> str:
        return f"uneven {self.unevenness:.3f}, wink {self.wink:.2f}, turn {self.turn_deg:.1f} deg"


def candidates(subject: str, turn: str, frames: int) -> Iterator[tuple[int, list[Expression]]]:
    """Seeds and the states that the protocol reads, in the order in which they are tried."""
    found = []
    for seed in range(SEEDS):
        take = make_take(UNEVEN, seed=seed, subject=subject, frame_count=DRIVEN.frame_count, fps=DRIVEN.fps)
        read = list(spread(DRIVEN.frame_count, frames))
        items = {take.items[index] for index in read} - {NEUTRAL}
        states = [take.expressions[index] for index in read]
        winking = sum(_wink(state) >= SHUT_BY for state in states)
        if winking and WINKING in items and items & OTHERS and turn == turn_of(take, read):
            found.append((-winking, seed, states))
    for _, seed, states in sorted(found, key=lambda one: one[:2])[:TRIES]:
        yield seed, states


def turn_of(take: Take, read: list[int]) -> str | None:
    """Which way the head turns most in the frames that are read; "nod" is two ways at once."""
    head_deg = np.array([take.expressions[index].head_deg for index in read])
    yaw, pitch, roll = np.abs(head_deg - head_deg[0]).max(axis=0)
    if roll > 10:
        return "roll"
    if yaw > 10:
        return "nod" if pitch > 8 else "yaw"
    return "pitch" if pitch > 10 else None


def measure(
    frames: np.ndarray,  # uint8 [T, S, S, 3]
) -> Measured:
    """A driver as the metrics see it."""
    case = case_from_frames(_FEATURES, output=frames, driver=frames, source=frames[0])
    uneven, wink = paired_motion(MESH478, case, _sides), paired_motion(BLENDSHAPES52, case, closure_difference)
    points = pair_landmarks(case, POINTS478, against="driver")
    if not isinstance(uneven, PairedMotion) or not isinstance(wink, PairedMotion) or isinstance(points, CaseScore):
        return Measured(0.0, 0.0, 0.0)
    return Measured(root_mean_square(uneven.driver), float(np.abs(wink.driver).max()), _turn_deg(points))


def _turn_deg(points: PairedArrays) -> float:
    _, turned = pose_residuals(points, None, POINTS478)
    return float(turned.sum(axis=1).mean())


def _sides(raw: np.ndarray) -> np.ndarray:
    assert MESH478.sides is not None
    return MESH478.sides(raw)


def _wink(state: Expression) -> float:
    return abs(state.coefficients.get("eyeBlinkLeft", 0.0) - state.coefficients.get("eyeBlinkRight", 0.0))


def render(head: Head, states: list[Expression], size_px: int) -> np.ndarray:  # uint8 [T, S, S, 3]
    """Pictures of the face's square, as large as the protocol reads them."""
    from feed_dataset.synthetic.render import Renderer

    camera, renderer = _square(head, size_px), Renderer()
    pictures = []
    for state in states:
        renderer.begin(head, head.pose(state))
        pictures.append(renderer.render(camera, supersample=DRIVEN.supersample).image)
    return np.stack(pictures)


def _square(head: Head, size_px: int) -> Camera:
    from feed_dataset.synthetic.rig.landmarks import world_landmarks

    studio = studio_cameras(DRIVEN.size_px, DRIVEN.size_px)[DRIVEN.cameras[0]]
    points = studio.project(world_landmarks(head.pose(Expression()), head)[:468])[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side_px = float((high - low).sum())
    corner = (low + high) / 2 - side_px / 2
    return studio.with_crop(float(corner[0]), float(corner[1]), side_px, size_px)


def main() -> None:
    """Print what each candidate shows, up to the one that is taken."""
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.takes.sizes import level_of_detail

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help="default: every driver")
    arguments = parser.parse_args()
    main_protocol = protocol.load(_PROTOCOL)
    level, texture_px = level_of_detail(DRIVEN.size_px)
    topology = SharedTopology(level=level, texture_px=texture_px)
    for number, subject in enumerate(SEEDS_OF_UNEVEN):
        if arguments.subjects and subject not in arguments.subjects:
            continue
        head, best = Head(topology, subject_spec(subject)), (0.0, "no candidate")
        for turn in (*TURNS[number % len(TURNS) :], *TURNS[: number % len(TURNS)]):
            for seed, states in candidates(subject, turn, main_protocol.frames_per_case or DRIVEN.frame_count):
                measured = measure(render(head, states, main_protocol.size_px))
                text = f"{subject} {turn} seed {seed}: {measured}"
                print(text, flush=True)
                best = max(best, (float("inf") if measured.is_enough else min(measured.shares), text))
                if measured.is_enough:
                    break
            if best[0] == float("inf"):
                break
        print(f"taken: {best[1]}", flush=True)


if __name__ == "__main__":
    main()
