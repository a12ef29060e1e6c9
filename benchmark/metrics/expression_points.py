"""Which points of a detector the 13 measures of an expression are taken from. Left and right are the subject's own."""

from __future__ import annotations

from dataclasses import dataclass

from feed_dataset.core.faces import mesh_indices as mesh

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ExpressionPoints:
    """Indices of points; of lids (upper, lower) across the opening."""

    nose_base: int
    chin: int
    mouth_corners: tuple[int, int]  # right, left
    lip_middle: tuple[int, ...]
    lips_inner: tuple[int, int]  # upper, lower
    upper_lip_outer: int
    right_eye_corners: tuple[int, int]
    left_eye_corners: tuple[int, int]
    right_lids: Pairs
    left_lids: Pairs
    right_brow_inner: tuple[int, ...]
    right_brow_outer: tuple[int, ...]
    left_brow_inner: tuple[int, ...]
    left_brow_outer: tuple[int, ...]


_MESH = ExpressionPoints(
    nose_base=mesh.NOSE_BASE,
    chin=mesh.CHIN,
    mouth_corners=(mesh.RIGHT_MOUTH_CORNER, mesh.LEFT_MOUTH_CORNER),
    lip_middle=mesh.LIP_MIDDLE,
    lips_inner=(mesh.UPPER_LIP_INNER, mesh.LOWER_LIP_INNER),
    upper_lip_outer=mesh.UPPER_LIP_OUTER,
    right_eye_corners=mesh.RIGHT_EYE_CORNERS,
    left_eye_corners=mesh.LEFT_EYE_CORNERS,
    right_lids=mesh.RIGHT_LIDS,
    left_lids=mesh.LEFT_LIDS,
    right_brow_inner=mesh.RIGHT_BROW_INNER,
    right_brow_outer=mesh.RIGHT_BROW_OUTER,
    left_brow_inner=mesh.LEFT_BROW_INNER,
    left_brow_outer=mesh.LEFT_BROW_OUTER,
)
_IBUG = ExpressionPoints(
    nose_base=33,
    chin=8,
    mouth_corners=(48, 54),
    lip_middle=(51, 62, 66, 57),
    lips_inner=(62, 66),
    upper_lip_outer=51,
    right_eye_corners=(36, 39),
    left_eye_corners=(42, 45),
    right_lids=((37, 41), (38, 40)),
    left_lids=((43, 47), (44, 46)),
    right_brow_inner=(20, 21),
    right_brow_outer=(17, 18),
    left_brow_inner=(22, 23),
    left_brow_outer=(25, 26),
)
EXPRESSION_POINTS = {"mesh468": _MESH, "mesh478": _MESH, "landmarks68": _IBUG}
"""By name of a landmark set."""
