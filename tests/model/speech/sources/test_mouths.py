"""Mouth components of exact face points: of the mouth alone, and of these weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.analysis.principal import Components
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.face_points import MOUTH, POINTS
from model.networks.point_motion import PointMotion
from model.speech.sources.mouths import mouth_components_of_points

STATES = 12


@pytest.fixture(scope="module")
def teacher() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True)


@pytest.fixture(scope="module")
def made(teacher: EMOPortraits) -> tuple[Components, dict[str, object]]:
    return mouth_components_of_points(teacher, [5], STATES)


def test_components_move_the_mouth_more_than_the_upper_face(
    teacher: EMOPortraits, made: tuple[Components, dict[str, object]]
) -> None:
    assert isinstance(teacher.motion_encoder, PointMotion)
    modes = teacher.motion_encoder.modes
    directions = torch.from_numpy(made[0].directions[:, : modes.count]).float()
    moved = torch.einsum("ck,kpx->cpx", directions, modes.expression).norm(dim=-1)
    brows = [POINTS.index(point) for point in (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)]
    assert (moved[:, list(MOUTH)].mean(dim=1) > 3 * moved[:, brows].mean(dim=1))[:2].all()
    assert len(made[0].directions) == 8 and np.all(np.diff(made[0].explained) <= 0)


def test_the_card_says_whose_z_it_is(teacher: EMOPortraits, made: tuple[Components, dict[str, object]]) -> None:
    assert made[1]["model_sha256"] == teacher.weights_sha256
    assert made[1]["mouths"] == [f"rendered person 5 (exact face points, {STATES} states)"]


def test_nobody_and_a_reader_of_pictures_are_refused(teacher: EMOPortraits, tiny_model: EMOPortraits) -> None:
    with pytest.raises(ModelError, match="expected at least 1 person in 2 states but got 0 in 12"):
        mouth_components_of_points(teacher, [], STATES)
    with pytest.raises(ModelError, match="expected a teacher that reads face points"):
        mouth_components_of_points(tiny_model, [5], 2)
