"""Z_m of section 5.2 of rendered people whose mouths alone move; see `shapes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from model.analysis.principal import Components, pooled_components
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.expression.losses import COMPONENTS
from model.speech.sources.shapes import z_of_shapes


def mouth_components_of_points(
    teacher: EMOPortraits, seeds: Sequence[int], states: int, count: int = COMPONENTS
) -> tuple[Components, dict[str, Any]]:
    """Components of the mouths of these rendered people, and the card that belongs to their file.

    Args:
        teacher: whose z it is.
        seeds: of the people.
        states: of each mouth, the first at rest.
        count: components to keep.

    Raises:
        ModelError: nobody, fewer than two states, or a teacher that reads pictures alone.
    """
    if not seeds or states < 2:
        raise ModelError(f"expected at least 1 person in 2 states but got {len(seeds)} in {states}")
    found = pooled_components([z_of_mouth(teacher, seed, states).numpy() for seed in seeds], count)
    mouths = [f"rendered person {seed} (exact face points, {states} states)" for seed in seeds]
    return found, {"mouths": mouths, "model_sha256": teacher.weights_sha256}


def z_of_mouth(teacher: EMOPortraits, seed: int, states: int) -> Tensor:  # float32 [states, Z]
    """z of a random person in `sample_mouth_states`: upper face, gaze and head at rest. Raises ModelError."""
    from feed_dataset.synthetic.motion.sampling import sample_mouth_states

    return z_of_shapes(teacher, seed, [state.coefficients for state in sample_mouth_states(states, seed=seed)])
