"""One rendered person in the state of another's take: the exact picture of a perfect cross-reenactment."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.results.errors import BenchmarkError
from feed_dataset.catalog.catalog import TRUTH_SUFFIX
from feed_dataset.core.media.thinning import spread
from feed_dataset.synthetic.takes.ground_truth import recipe_of

if TYPE_CHECKING:
    from feed_dataset.synthetic.motion.timeline import Take
    from feed_dataset.synthetic.rig.head import Head, SharedTopology

_HEADS = 8  # kept: building one takes seconds


def render_states(source: Path, driver: Path, budget: int) -> np.ndarray:  # uint8 [T, S, S, 3]
    """The person of one rendered clip in the states of another's frames, with the driver's camera and size.

    Args:
        source, driver: clips of rendered takes, with their ground truth beside them.
        budget: frames at most, spread as the benchmark spreads them.

    Raises:
        BenchmarkError: a clip was not rendered by this version.
    """
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.scene.cameras import studio_cameras

    recipe, size_px = _recipe(driver), int(_recipe(driver)["size_px"])
    camera = studio_cameras(size_px, size_px)[driver.stem.rpartition("_")[2]]
    head, take = _head(_subject(_recipe(source)), size_px), take_of(recipe)
    renderer = Renderer(threads=1)
    frames = []
    for index in spread(len(take.expressions), budget):
        renderer.begin(head, head.pose(take.expressions[index]))
        frames.append(renderer.render(camera, supersample=int(recipe["supersample"])).image)
    return np.stack(frames)


def take_of(recipe: dict[str, Any]) -> Take:
    """What the person of a recipe does."""
    from feed_dataset.synthetic.motion.timeline import make_take
    from feed_dataset.synthetic.takes.write import subject_spec, voice_pitch_hz

    subject, _, stem = str(recipe["take"]).partition("/")
    return make_take(
        stem,
        seed=int(recipe["seed"]),
        subject=subject,
        frame_count=int(recipe["frame_count"]),
        fps=float(recipe["fps"]),
        pitch_hz=voice_pitch_hz(subject_spec(subject)),
    )


def truth_of(clip: Path) -> Path:
    """The ground truth file beside a rendered clip `<stem>_<camera>.mp4`."""
    return clip.with_name(clip.stem.rpartition("_")[0] + TRUTH_SUFFIX)


def is_rendered(clip: Path) -> bool:
    """Whether this version's renderer made the clip."""
    from feed_dataset.synthetic.takes.settings import VERSION

    recipe = recipe_of(truth_of(clip))
    return recipe is not None and json.loads(recipe).get("version") == VERSION


def _recipe(clip: Path) -> dict[str, Any]:
    if not is_rendered(clip):
        raise BenchmarkError(f"expected a clip that this version rendered but {clip} has no ground truth of it")
    content: dict[str, Any] = json.loads(str(recipe_of(truth_of(clip))))
    return content


def _subject(recipe: dict[str, Any]) -> str:
    return str(recipe["take"]).partition("/")[0]


@lru_cache(maxsize=1)
def _topology(size_px: int) -> SharedTopology:
    from feed_dataset.synthetic.rig.head import SharedTopology
    from feed_dataset.synthetic.takes.sizes import level_of_detail

    level, texture_px = level_of_detail(size_px)
    return SharedTopology(level=level, texture_px=texture_px)


@lru_cache(maxsize=_HEADS)
def _head(subject: str, size_px: int) -> Head:
    from feed_dataset.synthetic.rig.head import Head
    from feed_dataset.synthetic.takes.write import subject_spec

    return Head(_topology(size_px), subject_spec(subject))
