"""Re-embed the stored landmarks in the head mesh: run after the mesh, its vertex order or its levels change.

python scripts/compile_landmarks.py
"""

from __future__ import annotations

from feed_dataset.synthetic.rig.head import SharedTopology
from feed_dataset.synthetic.rig.landmarks import DATA_PATH, EMBEDDED_LEVELS, canonical_landmarks, save_embeddings


def main() -> None:
    topologies = {level: SharedTopology(level=level, texture_px=512) for level in EMBEDDED_LEVELS}
    save_embeddings(DATA_PATH, canonical_landmarks(), topologies)
    print(f"wrote {DATA_PATH} ({DATA_PATH.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
