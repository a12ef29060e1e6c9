"""Modes of face points in closed form: from the geometry of rendered people, and from what the reader makes of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from model.networks.face_modes import IDENTITY_MODES, FaceModes
from model.networks.face_points import POINTS, SKIN_POINTS
from model.training.data import TrainingSet

GAZE_UNIT_DEG = 10.0
RIDGE = 1e-2  # of the variance of a feature
LEAST_SLOPE = 0.5  # what is known less is not scaled up further
RESTORED = (
    0.5  # of the strength that regression takes away, in logarithms; chosen on rendered people beside the training
)
NEIGHBOURS = 12  # that a normal is fitted to
LEAST_NOISE = 0.004  # canonical units: modes leave this much of a face out

_SKIN = list(POINTS[:SKIN_POINTS])
_IRISES = list(POINTS[SKIN_POINTS:])


def mirrored_points(mean: np.ndarray) -> np.ndarray:  # [N, 3] of a face -> int [N]
    """The point on the other side of each, by where they lie on the mean face."""
    distance = np.square((mean * np.array([-1, 1, 1]))[:, None] - mean[None]).sum(-1)
    partner: np.ndarray = distance.argmin(axis=1)
    return partner


def set_modes(modes: FaceModes, data: TrainingSet) -> None:
    """Mean face, modes of expression and of identity, and normals. Every face is also taken mirrored."""
    rest = data.rest_points[:, _SKIN].astype(np.float64)  # [N, P, 3]
    partner = mirrored_points(rest.mean(axis=0))
    flip = np.array([-1.0, 1.0, 1.0])
    rest = np.concatenate([rest, rest[:, partner] * flip])
    moved = (data.points[:, :, _SKIN] - data.rest_points[:, None, _SKIN]).astype(np.float64).reshape(-1, SKIN_POINTS, 3)
    moved = np.concatenate([moved, moved[:, partner] * flip])
    weight = point_weights(np.sqrt(np.square(moved).sum(-1).mean(axis=0)))
    mean = rest.mean(axis=0)
    values = {
        "mean": mean,
        "expression": components_about_zero(moved, modes.count, weight),
        "identity": components_about_zero(rest - mean, IDENTITY_MODES, np.ones(SKIN_POINTS)),
        "normals": _normals(data.rest_points.mean(axis=0)[:468].astype(np.float64), _SKIN),
        "irises": data.rest_points.mean(axis=0)[_IRISES],
    }
    with torch.no_grad():
        for name, value in values.items():
            getattr(modes, name).copy_(torch.from_numpy(np.ascontiguousarray(value)))


def point_weights(spread: np.ndarray) -> np.ndarray:  # [P] -> [P]
    """How much points count: lids and brows, which move little, have modes of their own beside the jaw's."""
    weight: np.ndarray = 1 / np.sqrt(spread + spread.mean() / 4)
    return weight


def components_about_zero(
    moved: np.ndarray,  # [T, P, 3]
    count: int,
    weight: np.ndarray,  # [P]
) -> np.ndarray:  # [count, P, 3]
    """Principal components about zero, each as long as one standard deviation."""
    flat = (moved * weight[:, None]).reshape(len(moved), -1)
    _, directions = np.linalg.eigh(flat.T @ flat / len(flat))
    directions = directions[:, ::-1][:, :count]
    deviation = np.sqrt(np.square(flat @ directions).mean(axis=0))
    components: np.ndarray = (directions * deviation).T.reshape(count, -1, 3) / weight[:, None]
    return components


def _normals(face: np.ndarray, chosen: list[int]) -> np.ndarray:  # [468, 3] -> [len(chosen), 3]
    """Of the plane through a point's neighbours, away from the middle of the head."""
    middle = face.mean(axis=0) - np.array([0, 0, 0.5])
    normals = []
    for point in chosen:
        near = face[np.argsort(np.square(face - face[point]).sum(-1))[:NEIGHBOURS]]
        normal = np.linalg.svd(near - near.mean(axis=0))[2][-1]
        normals.append(normal * np.sign(normal @ (face[point] - middle)))
    return np.stack(normals)


def true_values(modes: FaceModes, data: TrainingSet) -> Tensor:  # [N, K, z_dim]
    """z as it would be read without error: modes, gaze, tongue."""
    basis = modes.expression.double().flatten(1)  # [M, P * 3]
    spread = basis.unflatten(1, (-1, 3)).square().sum((0, 2)).sqrt()
    weight = (1 / (spread + spread.mean() / 4).sqrt()).repeat_interleave(3)
    moved = torch.from_numpy(data.points[:, :, _SKIN] - data.rest_points[:, None, _SKIN]).double().flatten(2)
    solved = torch.linalg.lstsq((basis * weight).T, (moved * weight).flatten(0, 1).T).solution.T
    values = [
        solved.view(*moved.shape[:2], -1).float(),
        torch.from_numpy(data.gaze_deg / GAZE_UNIT_DEG).float(),
        torch.from_numpy(data.tongue).float(),
    ]
    return torch.cat(values, dim=-1)


def point_noise(
    read: Tensor,  # [T, P, 2] canonical units, depth dropped
    truth: Tensor,  # [T, P, 2]
) -> Tensor:  # [P]
    """What a read point is off, on average over people that the reader was not trained on."""
    return (read - truth).square().sum(-1).div(2).mean(0).sqrt().clamp_min(LEAST_NOISE)


def linear_reading(
    features: Tensor,  # [N, K, F] of N people in K states, the first at rest
    truth: Tensor,  # [N, K, M]
    restored: float = RESTORED,
) -> Tensor:  # [M, F]
    """The linear map from features to modes and gaze that explains best how these differ from a person's rest.

    Ridge regression on differences, so that what a person looks like at rest cancels. Regression alone returns less
    than what moved, and scaling all of that up would scale up the noise: a part of it (`restored`) is made good.
    """
    x = (features[:, 1:] - features[:, :1]).flatten(0, 1).double()
    y = (truth[:, 1:] - truth[:, :1]).flatten(0, 1).double()
    gram = x.T @ x
    mix = torch.linalg.solve(gram + RIDGE * torch.diag(gram.diagonal() + 1e-9), x.T @ y).T
    slope = ((x @ mix.T) * y).sum(0) / y.square().sum(0).clamp_min(1e-9)
    return (mix / slope.clamp_min(LEAST_SLOPE)[:, None] ** restored).float()
