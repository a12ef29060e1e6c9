"""How much tongue every frame shows."""

from __future__ import annotations

from benchmark.features.types.extractor import FACE_NETWORKS, Compute, Extractor, OpenSession

TONGUE = "tongue"


def _load(compute: Compute) -> OpenSession:
    from benchmark.features.extractors.tongue_pixels import TongueSession

    return lambda clip: TongueSession()


EXTRACTORS = (Extractor(TONGUE, FACE_NETWORKS, "own-lips-beyond-v2", _load),)  # float32 [T, 4]
