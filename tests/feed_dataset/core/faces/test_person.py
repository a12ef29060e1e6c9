"""Who is followed where a video shows several people, and how the others are counted."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from feed_dataset.core.faces import FaceEmbedder, FaceNetworks, find_face
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.person import LOOK_EVERY, NOT_THE_ONE, PersonFollower
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.media.video import read_video

SIDE_PX = 256


@pytest.fixture(scope="module")
def anna(photo: np.ndarray) -> np.ndarray:
    return cv2.resize(photo[60:572], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def bert() -> np.ndarray:
    clip = Path(str(resources.files("feed_dataset"))) / "mini" / "S03" / "random_C.mp4"
    return cv2.resize(read_video(clip, max_frames=1).frames[0], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


class Identity:
    """Descriptors, and how often one was asked for."""

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.embedder, self.asked = embedder, 0

    def __call__(self, frame: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
        self.asked += 1
        return self.embedder(frame[None], landmarks_px[None])[0]


@pytest.fixture
def identity(embedder: FaceEmbedder) -> Identity:
    return Identity(embedder)


def beside(*panels: np.ndarray) -> np.ndarray:
    return np.concatenate(panels, axis=1)


def panel(follower: PersonFollower, frame: np.ndarray) -> int | str | None:
    """In which panel the followed face is, or why there is none."""
    result, reason = follower.step(frame)
    return reason if result is None else int(face_box(result.points_px)[[0, 2]].mean() // SIDE_PX)


@pytest.mark.parametrize("who", ["anna", "bert"])
def test_among_several_faces_the_person_that_is_meant_is_followed(
    networks: FaceNetworks, identity: Identity, anna: np.ndarray, bert: np.ndarray, who: str
) -> None:
    picture = {"anna": anna, "bert": bert}[who]
    found, _ = find_face(picture, networks)
    assert found is not None
    wanted = identity(picture, found.points_px)
    for frame, place in ((beside(anna, bert), 0), (beside(bert, anna), 1)):
        follower = PersonFollower(networks, identity, lambda: wanted)
        assert panel(follower, frame) == (place if who == "anna" else 1 - place)
        assert follower.seen == FacesSeen(looked=1, several=1, most=2, twice=0, is_chosen=True)
        assert not follower.seen.is_in_panels


def test_a_person_who_is_there_twice_is_noticed(
    networks: FaceNetworks, identity: Identity, anna: np.ndarray, bert: np.ndarray
) -> None:
    seen = []
    for frame in (beside(anna, bert, anna), beside(bert, anna, bert)):  # the larger face is followed
        follower = PersonFollower(networks, identity)
        follower.step(frame)
        seen.append((follower.seen.most, follower.seen.twice, follower.seen.is_in_panels))
    assert seen == [(3, 0, False), (3, 1, True)]


def test_one_face_costs_no_identity(networks: FaceNetworks, identity: Identity, anna: np.ndarray) -> None:
    follower = PersonFollower(networks, identity)
    for _ in range(2):
        assert panel(follower, anna) == 0
    assert (identity.asked, follower.seen) == (0, FacesSeen(looked=1, most=1))


def test_a_face_that_joins_later_is_counted_at_the_next_look(
    networks: FaceNetworks, identity: Identity, anna: np.ndarray, bert: np.ndarray
) -> None:
    empty = np.full_like(bert, 90)
    follower = PersonFollower(networks, identity)
    places = [panel(follower, beside(anna, bert if t > 3 else empty)) for t in range(LOOK_EVERY + 1)]
    assert places == [0] * len(places)
    assert follower.seen == FacesSeen(looked=2, several=1, most=2)


def test_whoever_takes_the_place_of_a_lost_person_is_not_followed(
    networks: FaceNetworks, identity: Identity, anna: np.ndarray, bert: np.ndarray
) -> None:
    empty = np.full_like(bert, 90)
    follower = PersonFollower(networks, identity)
    frames = [beside(anna, empty), beside(empty, bert), beside(bert, anna)]
    assert [panel(follower, frame) for frame in frames] == [0, NOT_THE_ONE, 1]
