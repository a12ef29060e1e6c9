"""What bad frames cost under each rule: small clips whose answers follow from the definition."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.validate_neutral import KINDS, MOST_BAD, RULES, Clip, costs, report, thinned, transfer, unscored

FRAMES = 50


def clip(seed: int = 0) -> Clip:
    """A face at rest that opens its mouth from frame 10 on."""
    opened = np.zeros((FRAMES, 13))
    opened[10:, 0] = np.minimum(np.arange(FRAMES - 10) * 0.05, 0.6)
    bad = {kind: np.full((MOST_BAD, 13), 0.4) for kind in KINDS}
    return Clip(opened + np.random.default_rng(seed).normal(0, 1e-3, opened.shape), bad)


def test_transfer_is_that_of_the_metric() -> None:
    driver = np.zeros((4, 13))
    driver[1:, 0] = 1.0
    assert transfer(0.6 * driver + 3, driver, 0) == pytest.approx(0.6)
    assert np.isnan(transfer(driver, 0.1 * driver, 0))


def test_frames_of_a_lower_rate() -> None:
    assert thinned(50, 5).tolist() == list(range(0, 50, 5))
    assert len(thinned(50, 12)) == 24


@pytest.mark.parametrize("who", ["output", "driver"])
def test_the_product_loses_less_than_the_first_frame(who: str) -> None:
    clips = [clip(seed) for seed in range(3)]
    first, product = (costs(clips, 25, who, 2, RULES[name]) for name in ("first frame", "the product's"))
    assert list(first) == list(KINDS)
    assert all(product[kind] < 0.5 * first[kind] for kind in KINDS)
    assert costs(clips, 25, who, 0, RULES["first frame"]) == {"none": 0.0}


def test_a_neutral_amid_the_motion_leaves_clips_without_a_value() -> None:
    step = np.zeros((FRAMES, 13))
    step[10:, 0] = 0.2  # held for most of the clip
    assert unscored([Clip(step, {})], 25, RULES["nearest to median"]) == 1
    assert unscored([Clip(step, {})], 25, RULES["the product's"]) == 0


def test_the_table_has_every_rule_at_every_rate() -> None:
    shown = report([clip()])
    assert shown.startswith("1 clips")
    assert all(shown.count(name) == 3 * (1 + 2 * MOST_BAD) for name in RULES)
