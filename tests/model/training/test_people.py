from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from feed_dataset.synthetic.scene.part_masks import PART_NAMES
from model.networks.errors import ModelError
from model.training.corpora import RenderedCorpus
from model.training.people import RenderedPeople

PEOPLE, STATES, SIDE, EAR = 4, 3, 8, PART_NAMES.index("ear")


def person(number: int, side: int = SIDE) -> dict[str, Any]:
    """Red says who it is, green the state; persons 0 and 1, and 2 and 3, share their states."""
    images = np.zeros((STATES, side, side, 3), np.uint8)
    images[..., 0], images[..., 1] = 50 * number, 50 * np.arange(STATES)[:, None, None]
    parts = np.zeros((STATES, side, side), np.uint8)
    parts[:, :, 0] = EAR
    mesh = np.zeros((STATES, 478, 2), np.float32)
    mesh[:, list(MESH_TO_68), 0] = np.linspace(-0.5, 0.5, 68)
    points = np.zeros((STATES, 478, 3), np.float32)
    points[:, :, 1] = np.arange(STATES)[:, None]
    motion = np.random.default_rng(number // 2)
    return {
        "images": images, "parts": parts, "landmarks478": mesh, "points": points,
        "rest_points": np.zeros((478, 3), np.float32), "scale": np.full(STATES, 0.5, np.float32),
        "rotation": np.tile(np.eye(3, dtype=np.float32), (STATES, 1, 1)),
        "translation": np.full((STATES, 3), 0.1 * number, np.float32),
        "coefficients": motion.random((STATES, 5), np.float32), "tongue": np.zeros((STATES, 4), np.float32),
        "gaze_deg": np.zeros((STATES, 2), np.float32),
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(PEOPLE):
        np.savez(tmp_path / f"{number:05d}.npz", **person(number))
    return tmp_path


def shown(picture: Any) -> tuple[int, int]:
    return round(float(picture[0].mean()) * 255 / 50), round(float(picture[1].mean()) * 255 / 50)


def test_people_are_read_one_by_one(folder: Path) -> None:
    people = RenderedPeople(folder, keep_mib=0)
    assert (len(people), people.states, people.size_px, people.has_parts) == (PEOPLE, STATES, SIDE, True)
    one = people.person(2)
    assert shown(one.picture(1)) == (2, 1) and one.landmarks68.shape == (STATES, 68, 2)
    np.testing.assert_allclose(one.landmarks68[0, :, 0], np.linspace(-0.5, 0.5, 68), atol=1e-6)
    np.testing.assert_allclose(one.moved, np.arange(STATES))
    pose = one.pose(0)
    assert pose.scale.tolist() == [[2.0] * 3] and pose.translation[0, 0].item() == pytest.approx(-0.2)
    assert people.person(2) is one and people.person(3) is not one
    assert people.person(2) is not one, "expected one person to be kept"
    assert len(pickle.dumps(people)) < 2000


def test_pictures_become_smaller_by_a_whole_factor(folder: Path) -> None:
    half = RenderedPeople(folder, SIDE // 2).person(1)
    assert half.images.shape == (STATES, 4, 4, 3) and half.parts is not None and half.parts.shape == (STATES, 4, 4)
    with pytest.raises(ModelError, match="expected pictures of 16 px, or a multiple of it"):
        RenderedPeople(folder, 16)


def test_companions_are_those_in_the_same_states(folder: Path) -> None:
    assert RenderedPeople(folder).companions() == {0: (1,), 1: (0,), 2: (3,), 3: (2,)}


def test_sets_with_68_landmarks_and_no_labels(tmp_path: Path) -> None:
    old = {name: value for name, value in person(0).items() if name not in ("landmarks478", "parts")}
    np.savez(tmp_path / "00000.npz", **old, landmarks68=np.ones((STATES, 68, 2), np.float32))
    people = RenderedPeople(tmp_path)
    assert people.person(0).parts is None and (people.person(0).landmarks68 == 1).all()
    assert RenderedCorpus(people, name="old").gives == {"pose", "landmarks", "eyes", "mouth"}


def test_empty_folders_and_damaged_people_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="expected rendered people"):
        RenderedPeople(tmp_path / "empty")
    (folder / "00001.npz").write_bytes(b"no archive")
    with pytest.raises(ModelError, match="expected a rendered person in .*00001.npz"):
        RenderedPeople(folder).person(1)


def test_pairs_are_two_states_of_one_person_with_ears(folder: Path) -> None:
    corpus = RenderedCorpus(RenderedPeople(folder), {1: (0, 2), 2: (0, 1, 2)}, name="rendered")
    assert corpus.gives == {"pose", "landmarks", "eyes", "mouth", "ears"}
    for seed in range(8):
        pair = corpus.draw(np.random.default_rng(seed))
        who, states = int(pair.subject.split("/")[1]), {shown(pair.source)[1], shown(pair.driver)[1]}
        assert shown(pair.source)[0] == shown(pair.driver)[0] == who and len(states) == 2
        assert who in (1, 2) and (who == 2 or states == {0, 2})
        assert pair.parts is not None and pair.parts[2, :, 0].all() and not pair.parts[2, :, 1:].any()
        assert pair.cross is None


def test_cross_targets_are_somebody_else_in_the_drivers_state(folder: Path) -> None:
    corpus = RenderedCorpus(RenderedPeople(folder), cross=True, name="rendered")
    assert "cross" in corpus.gives
    for seed in range(8):
        pair = corpus.draw(np.random.default_rng(seed))
        (who, state), cross = shown(pair.driver), pair.cross
        assert cross is not None
        assert shown(cross.target) == (who ^ 1, state)
        assert shown(cross.source)[0] == who ^ 1 and shown(cross.source)[1] != state
        assert cross.target_pose.translation[0, 0].item() == pytest.approx(-0.1 * (who ^ 1))


def test_what_a_corpus_needs(folder: Path) -> None:
    people = RenderedPeople(folder)
    with pytest.raises(ModelError, match="at least 2 states of each person"):
        RenderedCorpus(people, {0: (1,)}, name="rendered")
    with pytest.raises(ModelError, match="expected somebody in the states of .*00000.npz .* in groups"):
        RenderedCorpus(people, {0: (1, 2), 2: (0, 1)}, cross=True, name="rendered")
