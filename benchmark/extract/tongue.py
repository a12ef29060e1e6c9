"""How much tongue every frame shows."""

from __future__ import annotations

from benchmark.extract.base import FACE_NETWORKS, Compute, Extractor, OpenSession

TONGUE = "tongue"


def _load(compute: Compute) -> OpenSession:
    from benchmark.extract.tongue_pixels import TongueSession

    return lambda clip: TongueSession()


EXTRACTORS = (Extractor(TONGUE, FACE_NETWORKS, "own-lips-v1", _load),)  # float32 [T, 2]
