"""The two face networks of every run, loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from feed_dataset.core.faces.detector import FaceDetector
from feed_dataset.core.faces.mesh import FaceMesh
from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.weights import resolve

DETECTOR_WEIGHTS = "face-detector"
MESH_WEIGHTS = "face-mesh"


@dataclass(frozen=True)
class FaceNetworks:
    """Detector and mesh. Use one instance per thread."""

    detector: FaceDetector
    mesh: FaceMesh

    @classmethod
    def load(cls) -> FaceNetworks:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets them."""
        detector = FaceDetector(TfliteNetwork(resolve(DETECTOR_WEIGHTS)))
        return cls(detector, FaceMesh(TfliteNetwork(resolve(MESH_WEIGHTS))))


@lru_cache(maxsize=1)
def shared_networks() -> FaceNetworks:
    """Those of this process, for its first thread. Raises as `FaceNetworks.load` does."""
    return FaceNetworks.load()
