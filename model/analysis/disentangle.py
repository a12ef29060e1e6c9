"""Figure 7: the expression of one driver in the head pose of another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.analysis.material import Clip
from model.avatar.avatar import Avatar
from model.avatar.motion import Motion, join
from model.networks.errors import ModelError


def shares(
    values: np.ndarray,  # float [E, P, d] one value per (expression, pose)
) -> tuple[float, float, float]:
    """Shares of variance that rows (expressions), columns (poses) and what is left explain; they sum to 1.

    Two-way analysis of variance without repetition, summed over the d dimensions.

    Raises:
        ModelError: nothing varies.
    """
    x = values.astype(np.float64)
    mean = x.mean(axis=(0, 1), keepdims=True)
    rows, columns = x.mean(axis=1, keepdims=True) - mean, x.mean(axis=0, keepdims=True) - mean
    total = ((x - mean) ** 2).sum()
    if total == 0:
        raise ModelError("expected pictures that differ but all are alike")
    by_row = (rows**2).sum() * x.shape[1] / total
    by_column = (columns**2).sum() * x.shape[0] / total
    return float(by_row), float(by_column), float(1 - by_row - by_column)


def analyse(avatar: Avatar, expressions: Sequence[Clip], poses: Sequence[Clip], out: Path) -> dict[str, Any]:
    """Write OUT/disentangle.png and give the numbers.

    Rows take z of the most intense frame of each clip of `expressions`, columns the head pose of the frame of each clip
    of `poses` that is turned most. What the outputs show is read again: a disentangled model has nearly all of the
    variance of z in the rows and of the pose in the columns.
    """
    from model.analysis.drawing import picture_grid

    rows = [avatar.read(clip.crops[clip.most_intense][None]) for clip in expressions]
    columns = [avatar.read(clip.crops[_most_turned(avatar, clip)][None]) for clip in poses]
    if len(rows) < 2 or len(columns) < 2:
        raise ModelError(f"expected at least 2 expressions and 2 poses but got {len(rows)} and {len(columns)}")
    made, z, turn = [], [], []
    for expression in rows:
        pictures = avatar.render(join([expression.with_pose_of(pose).absolute(avatar.motion) for pose in columns]))
        seen: Motion = avatar.read(pictures)
        made.append(list(pictures))
        z.append(seen.z.cpu().numpy())
        turn.append(seen.pose.rotation.reshape(len(columns), 9).cpu().numpy())
    z_shares, turn_shares = shares(np.stack(z)), shares(np.stack(turn))
    top = [clip.crops[_most_turned(avatar, clip)] for clip in poses]
    side = [clip.crops[clip.most_intense] for clip in expressions]
    grid = [[np.full_like(top[0], 255), *top], *([left, *row] for left, row in zip(side, made, strict=True))]
    picture_grid(
        out / "disentangle.png",
        grid,
        column_titles=["expression \\ pose", *(clip.name for clip in poses)],
        row_titles=["", *(clip.name for clip in expressions)],
    )
    names = ("by_expression", "by_pose", "left_over")
    return {
        "z_variance": dict(zip(names, z_shares, strict=True)),
        "rotation_variance": dict(zip(names, turn_shares, strict=True)),
        "expressions": [clip.name for clip in expressions],
        "poses": [clip.name for clip in poses],
    }


def _most_turned(avatar: Avatar, clip: Clip) -> int:
    rotation = avatar.read(clip.crops).pose.rotation
    away = (rotation - rotation[:1]).flatten(1).norm(dim=1)
    return int(away.argmax())
