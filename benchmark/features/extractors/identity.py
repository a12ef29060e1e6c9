"""Identity descriptors of the followed face, one extractor for each recogniser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.types.extractor import (
    FACE_NETWORKS,
    ClipInfo,
    Compute,
    Extractor,
    OpenSession,
    PerFrame,
    Session,
)


def _sessions_of(describe: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> OpenSession:
    def open_session(info: ClipInfo) -> Session:
        return PerFrame(describe)

    return open_session


def _load_dlib(compute: Compute) -> OpenSession:
    from feed_dataset.core.faces import FaceEmbedder

    return _sessions_of(FaceEmbedder.load(compute.device))


def _load_arcface(compute: Compute) -> OpenSession:
    from benchmark.features.networks.arcface import ArcFace

    return _sessions_of(ArcFace.load(compute.device))


def _load_vggface2(compute: Compute) -> OpenSession:
    from benchmark.features.networks.vggface2 import VggFace2

    return _sessions_of(VggFace2.load(compute.device))


DLIB = Extractor(
    id="dlib",
    networks=(*FACE_NETWORKS, "dlib-face-resnet"),
    preprocessing="dlib-chip-150-1",
    load=_load_dlib,
    thinned=True,
)
ARCFACE = Extractor(
    id="arcface",
    networks=(*FACE_NETWORKS, "arcface-r50"),
    preprocessing="mesh-five-points-112-1",
    load=_load_arcface,
    thinned=True,
    packages=("onnxruntime",),
)
VGGFACE2 = Extractor(
    id="vggface2",
    networks=(*FACE_NETWORKS, "vggface2-senet50"),
    preprocessing="mesh-box-1.3-224-1",
    load=_load_vggface2,
    thinned=True,
)

EXTRACTORS = (DLIB, ARCFACE, VGGFACE2)
