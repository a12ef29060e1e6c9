"""What the tongue metrics see of rendered mouths: hits by how far, colour and light; false alarms; what is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.extractors.tongue_untellable import Untellable
from benchmark.metrics.tongue import tongue_areas, tongue_out
from scripts.validation.mouths import Look, items, protrusion
from scripts.validation.proportions import wilson

FAR = 0.7
"""Straight out by 2.2 cm or more: what hits by colour and light are of."""
_STRAIGHT = "out_tongue_out_"


@dataclass(frozen=True, repr=False)
class SeenMouths:
    """One person in one look.

    Args:
        out: bool [T], one per item of `items()`; frames without a face are False.
        untellable: why nothing can be told of the clip.
    """

    person: str
    look: Look
    out: np.ndarray
    untellable: Untellable

    @classmethod
    def of(cls, person: str, look: Look, rows: np.ndarray) -> SeenMouths:
        """From the extractor's rows [T, 4], each frame by itself, relative to the first.

        Raises:
            ValueError: no face in the first.
        """
        if not np.isfinite(rows[0]).all():
            raise ValueError(f"expected a face in the first picture of {person}, {look} but found none")
        areas = tongue_areas(rows) - tongue_areas(rows)[0]
        out = np.array([bool(tongue_out(one[None])[0]) for one in areas])
        return cls(person, look, out, Untellable(int(rows[0, 3])))


def report(clips: Sequence[SeenMouths]) -> str:
    """Everything that is said of the clips of one cast."""
    told = [one for one in clips if one.untellable is Untellable.NO]
    lines = [
        f"{len(clips)} clips of {len({one.person for one in clips})} people; told: {len(told)}, not told: {_why(clips)}"
    ]
    names = list(items())
    for item in (name for name in names if protrusion(name) > 0):
        lines.append(f"  {item.removeprefix('out_'):20} seen {_share([one.out[names.index(item)] for one in told])}")
    far = [i for i, name in enumerate(names) if name.startswith(_STRAIGHT) and protrusion(name) >= FAR]
    parts: tuple[tuple[str, Callable[[SeenMouths], str]], ...] = (
        ("tongue", lambda one: one.look.tongue),
        ("lips", lambda one: one.look.lips),
        ("light", lambda one: one.look.light),
    )
    for title, part in parts:
        for name in sorted({part(one) for one in clips}):
            chosen = [one for one in told if part(one) == name]
            of = sum(part(one) == name for one in clips)
            hits = _share([hit for one in chosen for hit in one.out[far]])
            lines.append(f"  {title} {name:14} told {len(chosen)} of {of}; straight out by {FAR:g} or more seen {hits}")
    return "\n".join([*lines, *false_alarms(told)])


def false_alarms(told: Sequence[SeenMouths]) -> list[str]:
    """Of open mouths with the tongue inside; the interval counts clips, whose frames are alike."""
    names = list(items())
    inside = [i for i, name in enumerate(names) if protrusion(name) == 0 and name != "neutral"]
    frames, alarms = len(told) * len(inside), int(sum(one.out[inside].sum() for one in told))
    by_item = Counter(names[i] for one in told for i in inside if one.out[i])
    where = ", ".join(f"{name} {count}" for name, count in sorted(by_item.items())) or "none"
    per_1000 = f"{1000 * alarms / frames:.1f}" if frames else "-"
    return [
        f"  tongue inside: {per_1000} false alarms per 1,000 of {frames} frames ({where});"
        f" clips with one: {_share([one.out[inside].any() for one in told])}"
    ]


def _why(clips: Iterable[SeenMouths]) -> str:
    reasons = Counter(one.untellable.name.lower().replace("_", " ") for one in clips if one.untellable)
    return ", ".join(f"{count} {name}" for name, count in sorted(reasons.items())) or "none"


def _share(found: Sequence[bool | np.bool_]) -> str:
    if not found:
        return "-"
    count = sum(map(bool, found))
    low, high = wilson(count, len(found))
    return f"{count} of {len(found)} = {count / len(found):.2f} [{low:.2f}, {high:.2f}]"
