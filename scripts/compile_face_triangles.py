"""Make the triangles of `mesh-warp`: which of the 468 landmarks span a piece of skin.

    python -m scripts.compile_face_triangles

A frontal synthetic face with an open mouth and wide eyes is triangulated (Delaunay). Triangles inside of the lips are
left out: what is seen there is no skin. Those between the lids are kept, they are the eyes. Writes
baselines/warp/data/triangles468.npy.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from feed_dataset.core.faces.mesh_indices import LIPS_INNER
from feed_dataset.core.jobs.atomic import replacing

FILE = Path(__file__).resolve().parent.parent / "baselines" / "warp" / "data" / "triangles468.npy"
LONGEST_DM = 0.45
"""Triangles of the hull with a longer side span the outside of the face."""


def open_face() -> np.ndarray:  # float64 [468, 2] dm, x to the subject's left, y up
    """Landmarks of feed-mini's first person, frontal, with the mouth and the eyes open."""
    from feed_dataset.synthetic.people.subjects import SUBJECTS
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.scene.types import Expression

    head = Head(SharedTopology(level=0, texture_px=64), SUBJECTS["S01"])
    wide = {"jawOpen": 0.6, "eyeWideLeft": 1.0, "eyeWideRight": 1.0}
    points: np.ndarray = world_landmarks(head.pose(Expression(wide)), head)[:468, :2]
    return points


def triangulate(
    points: np.ndarray,  # float64 [468, 2]
) -> np.ndarray:  # uint16 [N, 3], counterclockwise with y up
    """Triangles of skin and eyes."""
    from scipy.spatial import Delaunay

    found = np.asarray(Delaunay(points).simplices)
    sides = points[found] - points[np.roll(found, 1, axis=1)]
    is_mouth = np.isin(found, LIPS_INNER).all(axis=1)
    is_outside = np.linalg.norm(sides, axis=2).max(axis=1) > LONGEST_DM
    kept = found[~is_mouth & ~is_outside].astype(np.uint16)
    order = np.lexsort(np.sort(kept, axis=1).T[::-1])
    return np.asarray(kept[order])


def main() -> None:
    """Write the file."""
    triangles = triangulate(open_face())
    FILE.parent.mkdir(exist_ok=True)
    with replacing(FILE) as temporary, temporary.open("wb") as stream:
        np.save(stream, triangles)
    print(f"{FILE.name}: {len(triangles)} triangles of {len(np.unique(triangles))} landmarks")


if __name__ == "__main__":
    main()
