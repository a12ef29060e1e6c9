"""Control rows of protocols that are driven by sound: the same method, with its sound or its head taken away.

What a method gains over its own controls is what it hears; a mouth that only looks busy gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path

import numpy as np

from baselines.interface.capabilities import Capabilities
from baselines.interface.driver import Driver
from benchmark.protocols.case import Case
from benchmark.results.reserved import CONTROLS, Control
from feed_dataset.core.media.types import Audio

NO_OTHER = "no other clip whose sound could be heard instead"


def controls_of(card: Capabilities, gives: Set[str], *, is_command: bool) -> tuple[tuple[Control, ...], str | None]:
    """The controls that a method has on a protocol that hands over `gives`; and why not all, where that is so."""
    if "audio" not in gives or "image" in gives or "audio" not in card.drives:
        return (), None
    if is_command:
        return CONTROLS[:2], "is a command, which no file hands head poses to, so that its head cannot be held"
    if "pose" not in card.drives:
        return CONTROLS[:2], "is not driven by head poses, so that its head cannot be held"
    return CONTROLS, None


def other_sounds(cases: Sequence[Case], seed: int) -> dict[Path, Path]:
    """By driver the clip whose sound it gets in the row "shuffled-audio": another person's where there is one.

    Drivers are put into an order by the seed; each gets the next one's. One that is alone has none.
    """
    people = {case.driver_path: case.cluster for case in cases if case.driver_kind == "clip"}
    names = sorted(people, key=str)
    order = [names[place] for place in np.random.default_rng([seed, len(names)]).permutation(len(names))]
    found = {}
    for place, driver in enumerate(order):
        later = [*order[place + 1 :], *order[:place]]
        other = next((one for one in later if people[one] != people[driver]), later[0] if later else None)
        if other is not None:
            found[driver] = other
    return found


def controlled_audio(own: Audio, control: Control | None, other: Audio | None) -> Audio:
    """What a method hears in a control's row: as long as the driver's own sound.

    Args:
        other: for "shuffled-audio", another clip's; one that is shorter begins again.
    """
    if control == "silent-audio":
        return replace(own, samples=np.zeros_like(own.samples))
    if control == "shuffled-audio" and other is not None:
        wanted = round(own.duration_s * other.sample_rate_hz)
        return Audio(np.resize(other.samples, wanted).astype(np.float32), other.sample_rate_hz, own.start_s)
    return own


def held_head(driver: Driver, first_pose: np.ndarray) -> Driver:
    """The driver with one head rotation [3, 3] for all frames."""
    return replace(driver, pose=np.repeat(first_pose[None], driver.frame_count, axis=0))
