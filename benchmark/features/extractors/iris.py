"""Irises and eye contours of the followed face."""

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
    from benchmark.features.networks.iris import IrisFinder

    find = IrisFinder.load()

    def open_session(info: ClipInfo) -> Session:
        return PerFrame(find)

    return open_session


IRIS = Extractor(
    id="iris",
    networks=(*FACE_NETWORKS, "iris"),
    preprocessing="mesh-corners-2.3-64-1",
    load=_load,
)

EXTRACTORS = (IRIS,)
