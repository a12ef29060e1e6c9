"""One vertex and triangle array for everything that is drawn: what of it never changes for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.render.materials import (
    EYE_LEFT,
    EYE_RIGHT,
    SKIN,
    STRAND_MATERIALS,
    TEETH,
    TONGUE,
)
from feed_dataset.synthetic.render.strands import ribbon_attributes, ribbon_triangles
from feed_dataset.synthetic.rig.head import Head
from feed_dataset.synthetic.scene.types import JAWS, SEGMENTS, SIDES, STRAND_KINDS, FrameGeometry, Strands

_EYE_MATERIALS = {"l": EYE_LEFT, "r": EYE_RIGHT}
_STRAND_PARTS = {"hair": "hair", "beard": "beard", "lash": "lashes"}


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each piece lies in the arrays, and their static columns. Skin comes first, strands last."""

    slices: Mapping[str, slice]  # vertices of "skin", "eye_l", "teeth_upper", "tongue", "hair", ...
    triangles: np.ndarray  # int32 [T, 3]
    materials: np.ndarray  # uint8 [T]
    attributes: np.ndarray
    """float32 [V, 4]. Skin: occlusion, mouth, cloth, head island. Eyes: direction in eye coordinates, 0.
    Teeth and tongue: linear RGB, occlusion. Strands: place along, brightness, random number, occlusion."""
    parts: np.ndarray  # uint8 [V] segmentation label
    skin_triangles: int
    first_strand_triangle: int
    first_strand_vertex: int
    strand_shapes: Mapping[str, tuple[int, int]]  # kind -> strands, points each

    @property
    def vertex_count(self) -> int:
        return len(self.attributes)

    def fits(self, geometry: FrameGeometry) -> bool:
        """Whether the frame has the strands that this layout was made for."""
        return {kind: s.points.shape[:2] for kind, s in geometry.strands.items()} == dict(self.strand_shapes)


@dataclass
class _Piece:
    name: str
    triangles: np.ndarray  # int32 [t, 3] counted from the piece's first vertex
    material: int
    attributes: np.ndarray  # [v, 4]
    parts: np.ndarray | int  # label, or one per vertex


def _strand_piece(kind: str, strands: Strands, geometry: FrameGeometry) -> _Piece:
    count, points = strands.points.shape[:2]
    if kind == "brow":  # which brow: by the side of the head that the root lies on
        head = geometry.head_matrix
        side_dm = (strands.points[:, 0] - head[:3, 3]) @ head[:3, 0]
        label = np.where(side_dm > 0, SEGMENTS["l_brow"], SEGMENTS["r_brow"])
        parts: np.ndarray | int = np.repeat(label, points * 2)
    else:
        parts = SEGMENTS[_STRAND_PARTS[kind]]
    triangles = ribbon_triangles(count, points)
    return _Piece(kind, triangles, STRAND_MATERIALS[kind], ribbon_attributes(strands), parts)


def _pieces(head: Head, geometry: FrameGeometry) -> list[_Piece]:
    topology = head.topology
    skin = np.stack([head.ambient_occlusion, topology.mouth, topology.cloth, topology.head_flag], 1)
    pieces = [_Piece("skin", topology.triangles, SKIN, skin, np.asarray(topology.segments))]
    eye = topology.eye
    for side in SIDES:
        directions = np.c_[eye.vertices, np.zeros(len(eye.vertices))]
        label = SEGMENTS[f"{side}_eye"]
        pieces.append(_Piece(f"eye_{side}", eye.triangles, _EYE_MATERIALS[side], directions, label))
    for jaw in JAWS:
        teeth = head.teeth[jaw]
        colours = np.c_[teeth.colours, teeth.ambient_occlusion]
        pieces.append(_Piece(f"teeth_{jaw}", teeth.triangles, TEETH, colours, SEGMENTS["teeth"]))
    tongue = topology.tongue
    colours = np.c_[tongue.colours, tongue.ambient_occlusion]
    pieces.append(_Piece("tongue", tongue.triangles, TONGUE, colours, SEGMENTS["tongue"]))
    return pieces


def layout_of(head: Head, geometry: FrameGeometry) -> Layout:
    """Arrange a person's pieces; the strands' static columns are taken from `geometry`."""
    solids = _pieces(head, geometry)
    kinds = [kind for kind in STRAND_KINDS if kind in geometry.strands]
    pieces = solids + [_strand_piece(kind, geometry.strands[kind], geometry) for kind in kinds]
    sizes = [len(piece.attributes) for piece in pieces]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Layout(
        slices={p.name: slice(int(a), int(a) + n) for p, a, n in zip(pieces, starts, sizes, strict=False)},
        triangles=np.concatenate([p.triangles + np.int32(a) for p, a in zip(pieces, starts, strict=False)]).astype(
            np.int32
        ),
        materials=np.concatenate([np.full(len(p.triangles), p.material, np.uint8) for p in pieces]),
        attributes=np.concatenate([p.attributes for p in pieces]).astype(np.float32),
        parts=np.concatenate([np.broadcast_to(p.parts, n) for p, n in zip(pieces, sizes, strict=True)]).astype(
            np.uint8
        ),
        skin_triangles=len(solids[0].triangles),
        first_strand_triangle=sum(len(p.triangles) for p in solids),
        first_strand_vertex=int(starts[len(solids)]),
        strand_shapes={kind: geometry.strands[kind].points.shape[:2] for kind in kinds},
    )
