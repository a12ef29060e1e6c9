"""Damage of known size: more of it changes pictures more, and the table orders values by it."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.validation.planted_pictures import DAMAGES, Damaged, jod_figures


@pytest.mark.parametrize("damage", DAMAGES)
def test_more_damage_changes_pictures_more(damage: str) -> None:
    frames = np.random.default_rng(1).integers(40, 200, (3, 32, 24, 3), dtype=np.uint8)
    alter, amounts = DAMAGES[damage]
    changes = [float(np.abs(alter(frames, amount).astype(float) - frames).mean()) for amount in amounts]
    assert changes == sorted(changes) and changes[0] > 0


def test_values_that_fall_with_the_damage_are_ordered_right() -> None:
    clips = [Damaged("a", {name: [9.0, 8.0, 7.0, 6.0] for name in DAMAGES})]
    clips.append(Damaged("b", {name: [6.5, 5.0, 4.0, 3.0] for name in DAMAGES}))
    lines = jod_figures(clips)
    assert [line.value for line in lines[::2]] == [1.0] * len(DAMAGES)
    assert all(0.5 < line.value < 1.0 for line in lines[1::2])
    upside_down = [Damaged("a", {name: [6.0, 7.0, 8.0, 9.0] for name in DAMAGES})]
    assert [line.reached for line in jod_figures(upside_down)[::2]] == [False] * len(DAMAGES)
