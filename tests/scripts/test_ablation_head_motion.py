"""Heads that nod by a known law, how near motions are to theirs, and the table."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.speech.head_motion.rotation import identity_pose
from scripts.ablation_head_motion import RESULTS, main, rows
from scripts.head_motion_parts.nearness import Nearness, RandomWalk, constant, nearness, p_nearer, turning_deg
from scripts.head_motion_parts.planted import angles_deg, clip, speech, track_of


def truth(seed: int, frames: int = 200) -> torch.Tensor:
    track = clip(seed, frames).pose
    assert track is not None
    return track


def test_the_law_is_of_seeds() -> None:
    one, again, other = clip(0, 80), clip(0, 80), clip(0, 80, chance=1)
    assert one.pose is not None and again.pose is not None and other.pose is not None
    assert torch.equal(one.pose, again.pose) and torch.equal(one.features, other.features)
    assert not torch.equal(one.pose, other.pose)


def test_heads_nod_with_energy_up_or_down_by_chance() -> None:
    """More energy is more motion, and the mean of all motions that fit a sound is a head at rest."""
    energy = [speech(seed, 250).energy.mean() for seed in range(30)]
    moved = [np.abs(np.diff(angles_deg(speech(seed, 250), seed), axis=0)).mean() for seed in range(30)]
    assert np.corrcoef(energy, moved)[0, 1] > 0.9
    said = speech(3, 250)
    draws = np.stack([angles_deg(said, chance) for chance in range(200)])
    assert np.abs(draws.mean(axis=0)).max() < 0.25 * np.abs(draws).max()


def test_a_track_turns_as_its_angles_say() -> None:
    angles = angles_deg(speech(0, 100), 0)
    np.testing.assert_allclose(turning_deg(track_of(angles)), angles, atol=1e-3)


def test_distances_of_known_motions() -> None:
    track = truth(0)
    assert nearness(track, track) == Nearness(0, 0)
    moved = track.clone()
    moved[:, 6:] += 1
    assert nearness(moved, track) == Nearness(0, 0)  # where it is does not count
    still = nearness(constant(track), track)
    slower = nearness(track_of(0.5 * angles_deg(speech(0, 200), 0)), track)
    assert 0 < slower.spectrum < still.spectrum and 0 < slower.velocity < still.velocity
    with pytest.raises(ValueError, match="one length"):
        nearness(track[1:], track)


def test_the_random_walk_is_as_fast_as_people_are() -> None:
    tracks = [truth(seed) for seed in range(6)]
    walk = RandomWalk.of(tracks)
    steps = np.concatenate([np.diff(turning_deg(walk.track(400, seed)), axis=0) for seed in range(6)])
    true = np.concatenate([np.diff(turning_deg(track), axis=0) for track in tracks])
    np.testing.assert_allclose(np.square(steps).mean(axis=0), np.square(true).mean(axis=0), rtol=0.15)
    assert torch.equal(walk.track(50, 1), walk.track(50, 1)) and walk.track(50, 1).shape == (50, 9)
    assert (walk.track(50, 1)[0] - identity_pose()).abs().max() < 0.1


def test_p_of_pairs() -> None:
    near, far = [Nearness(0.1 * n, 1) for n in range(10)], [Nearness(0.1 * n + 0.5, 1) for n in range(10)]
    assert p_nearer(near, far, "spectrum") < 0.01 < 0.9 < p_nearer(far, near, "spectrum")


def arguments(out: Path, **changes: object) -> argparse.Namespace:
    given = {"out": out, "rows": ["chosen", "reconstruction"], "steps": 1, "people": 3, "held_out": 3, "minutes": None}
    return argparse.Namespace(**given | changes)


def test_a_table_of_short_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(tmp_path, minutes=0)) == 0
    assert "still to be run: chosen, reconstruction" in capsys.readouterr().err
    assert main(arguments(tmp_path)) == 0
    shown = capsys.readouterr().out
    for row in ("constant", "random walk", "another person's motion", "the law again", "chosen", "reconstruction"):
        assert f"| {row}" in shown
    found = json.loads((tmp_path / RESULTS).read_text())
    assert np.shape(found["runs"]["chosen"]["made"]) == (3, 2)
    assert main(arguments(tmp_path)) == 0  # nothing is trained again
    assert capsys.readouterr().out == shown
    with pytest.raises(ModelError, match="expected the settings"):
        main(arguments(tmp_path, steps=2))


def test_rows_differ_from_the_chosen_one_in_what_they_say() -> None:
    configs = [config for _, config in rows().values()]
    assert all(config != configs[0] for config in configs[1:]) and configs[0].schedule.critic_steps == 5
