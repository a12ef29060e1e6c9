"""Motion that comes late is motion; a face that does not move is none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import score_case
from benchmark.metrics.permuted import N_PERMUTED, block_orders, chance_of, with_random_phases
from benchmark.metrics.velocity_lag import VelocityLag, find_velocity_lag
from tests.benchmark.metrics.faces import case, move, person, shoot, video


def motion(seed: int, frames: int = 60) -> np.ndarray:
    """Velocities [T, 8] that change smoothly."""
    noise = np.random.default_rng(seed).normal(size=(frames + 4, 8))
    return np.mean([noise[k : k + frames] for k in range(5)], axis=0)


@pytest.mark.parametrize("late", [-7, 0, 3])
def test_the_lag_is_found_and_positive_where_the_output_is_late(late: int) -> None:
    found = find_velocity_lag(np.roll(motion(0), late, axis=0), motion(0))
    assert isinstance(found, VelocityLag)
    assert found.lag_frames == pytest.approx(late, abs=0.2) and found.correlation > 0.97


def test_half_the_motion_correlates_as_much_and_opposite_motion_against() -> None:
    half = find_velocity_lag(0.5 * motion(0), motion(0))
    against = find_velocity_lag(-motion(0), motion(0))
    assert isinstance(half, VelocityLag) and half.correlation == pytest.approx(1.0)
    assert isinstance(against, VelocityLag) and against.correlation < 0.5


def test_other_motion_has_no_lag_and_missing_frames_are_left_out() -> None:
    lags = [find_velocity_lag(motion(seed), motion(100 + seed)) for seed in range(20)]
    assert sum(isinstance(one, VelocityLag) and isinstance(one.lag_frames, str) for one in lags) >= 16
    gap = np.roll(motion(0), 2, axis=0)
    gap[20:24] = np.nan
    found = find_velocity_lag(gap, motion(0))
    assert isinstance(found, VelocityLag) and found.lag_frames == pytest.approx(2, abs=0.2)


def test_what_does_not_move_is_said() -> None:
    assert find_velocity_lag(np.zeros((60, 8)), motion(0)) == VelocityLag(0.0, "output: does not move")
    assert find_velocity_lag(motion(0), np.zeros((60, 8))) == "reference: does not move"
    assert "12 are needed" in str(find_velocity_lag(motion(0)[:11], motion(0)[:11]))


def test_late_motion_is_better_than_a_frozen_face_here_and_worse_for_the_papers_definition() -> None:
    heads = [move(person(), (14, 17, 87, 317), (0.0, float(by), 0.0)) for by in 0.2 * motion(1)[:, 0]]
    shots = [shoot(head) for head in heads]
    truth, late, frozen = video(shots), video([shots[0]] * 5 + shots[:-5]), video([shots[0]] * len(shots))
    scores = {
        name: {metric: score_case(f"{metric}[mesh468]", case(one, truth, video(shots[:1]), reference=truth)).value
               for metric in ("m_v", "m_v_correlation", "m_v_lag")}
        for name, one in (("late", late), ("frozen", frozen))
    }  # fmt: skip
    assert scores["frozen"]["m_v"] < scores["late"]["m_v"]  # type: ignore[operator]
    assert scores["late"]["m_v_correlation"] > 0.95 and scores["frozen"]["m_v_correlation"] == 0.0  # type: ignore[operator]
    assert scores["late"]["m_v_lag"] == pytest.approx(5, abs=0.3) and scores["frozen"]["m_v_lag"] is None


def test_permuted_blocks_keep_every_value_and_its_neighbours() -> None:
    orders = block_orders(23, 5)
    assert orders.shape == (N_PERMUTED, 23) and (np.sort(orders, axis=1) == np.arange(23)).all()
    steps = np.diff(orders, axis=1) % 23
    assert (steps == 1).mean() > 0.7 and len(np.unique(orders, axis=0)) > 150
    assert np.array_equal(orders, block_orders(23, 5))


def test_slow_motion_of_strangers_stands_out_as_seldom_as_it_should() -> None:
    """Blocks in random order alone find a lag in 20 of 100: they forget how slow the motion is."""
    chances = []
    for seed in range(100):
        noise = np.random.default_rng(seed).normal(size=(2, 150, 2))
        output, reference = (np.cumsum(one, axis=0)[50:] - np.cumsum(one, axis=0)[:-50] for one in noise)
        found = find_velocity_lag(output, reference)
        assert isinstance(found, VelocityLag)
        chances.append(found.chance)
    assert np.mean(np.array(chances) <= 0.05) <= 0.1


def test_a_clip_with_too_few_blocks_has_no_lag_but_a_correlation() -> None:
    found = find_velocity_lag(motion(0, 24), motion(0, 24))
    assert isinstance(found, VelocityLag) and found.correlation == pytest.approx(1.0)
    assert "too short to tell a lag from chance: 25 pairs" in str(found.lag_frames)
    enough = find_velocity_lag(motion(0, 25), motion(0, 25))
    assert isinstance(enough, VelocityLag) and enough.lag_frames == pytest.approx(0.0)
    assert enough.chance == pytest.approx(0.005)


def test_random_phases_keep_how_slow_a_signal_is_and_forget_where_it_was() -> None:
    rows = np.concatenate([motion(3, 200)[:, :1], np.roll(motion(3, 200)[:, :1], 4, axis=0)], axis=1)
    copies = np.concatenate(list(with_random_phases(rows)))
    assert copies.shape == (N_PERMUTED, 200, 2)

    def together(one: np.ndarray, late: int) -> float:
        return float((one[..., 0][..., : 200 - late] * one[..., 1][..., late:]).sum() / (one[..., 0] ** 2).sum())

    assert together(copies, 4) == pytest.approx(together(rows, 4), abs=0.05)  # columns stay apart by as much
    own = np.abs([np.corrcoef(one[:, 0], rows[:, 0])[0, 1] for one in copies])
    assert np.mean(own) < 0.2 and np.array_equal(copies, np.concatenate(list(with_random_phases(rows))))
    with pytest.raises(ValueError, match="at least one row"):
        next(with_random_phases(np.zeros((0, 2))))


def test_the_true_search_counts_among_those_by_chance() -> None:
    assert chance_of(1.0, np.zeros(199)) == pytest.approx(1 / 200)
    assert chance_of(0.5, np.array([0.5, 0.6, 0.1])) == pytest.approx(3 / 4)
