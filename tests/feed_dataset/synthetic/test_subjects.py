"""Who the synthetic people are."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter

import numpy as np
import pytest

from feed_dataset.synthetic.people.hair_styles import BALD, HAIR_NAMES, HAIR_STYLES
from feed_dataset.synthetic.people.subjects import SUBJECTS, SubjectError, random_subject
from feed_dataset.synthetic.rig.hair import grow_hair
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.rig.surface import SkinSurface
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.types import Expression

GOOD = SUBJECTS["S01"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"gender": 1.2}, "gender in \\[0, 1\\]"),
        ({"tone": float("nan")}, "tone"),
        ({"age_years": 3}, "age_years in \\[18, 90\\]"),
        ({"ancestry": (0, 0, 0)}, "ancestry"),
        ({"ancestry": (0, -1, 2)}, "ancestry"),
        ({"ancestry": (0, 1)}, "ancestry"),
        ({"hair": "bobb"}, "did you mean 'bob'"),
        ({"hair_rgb": (0.1, 0.2)}, "hair_rgb"),
        ({"cloth_rgb": (0.1, 0.2, 1.5)}, "cloth_rgb"),
        ({"brow_rgb": (0.1, 0.2, -1)}, "brow_rgb"),
        ({"stubble": 2}, "stubble"),
    ],
)
def test_bad_values_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(SubjectError, match=message):
        dataclasses.replace(GOOD, **change)  # type: ignore[arg-type]


def test_brows_are_a_little_darker_than_hair_unless_told() -> None:
    assert GOOD.brow_colour_rgb == pytest.approx(np.array(GOOD.hair_rgb) * 0.9)
    assert dataclasses.replace(GOOD, brow_rgb=(0.3, 0.2, 0.1)).brow_colour_rgb == (0.3, 0.2, 0.1)


def test_random_subjects_repeat_by_seed_and_differ_between_seeds() -> None:
    people = [random_subject(seed) for seed in range(200)]
    assert people == [random_subject(seed) for seed in range(200)]
    assert len(set(people)) == 200
    assert {person.hair for person in people} == set(HAIR_NAMES) - {"bun"}
    assert 0.4 < np.mean([person.male for person in people]) < 0.6
    assert all(person.beard == person.stubble == 0 for person in people if not person.male)
    assert max(Counter(int(np.argmax(person.ancestry)) for person in people).values()) < 120


def test_specs_are_hashable_values() -> None:
    assert len({GOOD, dataclasses.replace(GOOD), dataclasses.replace(GOOD, seed=99)}) == 2


def test_eight_subjects_are_distinct(topology: SharedTopology) -> None:
    assert list(SUBJECTS) == [f"S0{number}" for number in range(1, 9)]
    heads = {name: Head(topology, dataclasses.replace(spec, hair=BALD)) for name, spec in SUBJECTS.items()}
    faces = {name: head.pose(Expression()).skin_positions for name, head in heads.items()}
    face = (topology.canonical[:, 1] > 6.3) & (topology.canonical[:, 2] > 0.9)
    for a, b in itertools.combinations(SUBJECTS, 2):
        assert np.linalg.norm(faces[a] - faces[b], axis=1)[face].mean() > 0.02, (a, b)
        assert SUBJECTS[a].seed != SUBJECTS[b].seed
    colours = {name: head.maps.albedo.mean((0, 1)) for name, head in heads.items()}
    assert colours["S02"].sum() > colours["S06"].sum() + 60  # light against dark skin


@pytest.mark.parametrize("hair", HAIR_STYLES)
def test_every_hair_style_grows(topology: SharedTopology, hair: str) -> None:
    body = topology.body
    points = topology.canonical_points - np.float32([0, 7.2, 0.5])  # the template stands in for a person
    surface = SkinSurface(
        points, body.normals(points), topology.canonical_points, body.point_triangles, body.base_points
    )
    style = dataclasses.replace(HAIR_STYLES[hair], strands=500)
    rng = np.random.default_rng(0)
    strands = grow_hair(rng, surface, style, recede=0.0, noise=ValueNoise(0), ears=topology.points_of("ear"))
    assert 350 < len(strands.points) <= 500  # long hair that would cross the face is left out
    assert strands.points.shape[1:] == (style.points, 3)
    assert np.isfinite(strands.points).all() and np.isfinite(strands.ao).all()
    length = np.linalg.norm(np.diff(strands.points, axis=1), axis=-1).sum(1)
    assert 0.2 * style.length_dm < np.median(length) < 2 * style.length_dm
    assert np.linalg.norm(strands.points[:, 0], axis=1).min() > 0.3  # roots on the skull, not in it
