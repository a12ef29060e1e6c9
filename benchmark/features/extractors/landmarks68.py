"""68 three-dimensional landmarks of the followed face."""

from __future__ import annotations

from benchmark.features.types.extractor import (
    FACE_NETWORKS,
    ClipInfo,
    Compute,
    Extractor,
    OpenSession,
    PerFrame,
    Session,
)


def _load(compute: Compute) -> OpenSession:
    from benchmark.features.networks.landmarks68 import Landmarks68

    find = Landmarks68.load(compute.device)

    def open_session(info: ClipInfo) -> Session:
        return PerFrame(find)

    return open_session


LANDMARKS68 = Extractor(
    id="landmarks68",
    networks=(*FACE_NETWORKS, "landmarks-1k3d68"),
    preprocessing="mesh-box-1.5-192-1",
    load=_load,
    packages=("onnxruntime",),
)

EXTRACTORS = (LANDMARKS68,)
