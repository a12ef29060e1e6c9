"""478 landmarks and 52 blendshape coefficients per frame."""

from __future__ import annotations

from benchmark.features.types.extractor import FACE_NETWORKS, Compute, Extractor, OpenSession, PerFrame

BLENDSHAPES, MESH478 = "blendshapes", "mesh478"
_NETWORKS = (*FACE_NETWORKS, "face-landmarker")
_PREPROCESSING = "mesh-region-256-v1"


def _load_coefficients(compute: Compute) -> OpenSession:
    from benchmark.features.networks.blendshapes import shared_landmarker

    landmarker = shared_landmarker()
    return lambda clip: PerFrame(landmarker.all_coefficients)


def _load_points(compute: Compute) -> OpenSession:
    from benchmark.features.networks.blendshapes import shared_landmarker

    landmarker = shared_landmarker()
    return lambda clip: PerFrame(landmarker.all_points_px)


EXTRACTORS = (
    Extractor(BLENDSHAPES, _NETWORKS, _PREPROCESSING, _load_coefficients),  # float32 [T, 52]
    Extractor(MESH478, _NETWORKS, _PREPROCESSING, _load_points),  # float32 [T, 478, 3]
)
