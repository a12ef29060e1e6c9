"""What decides a metric's number besides the frames: its networks, its features, the device and precision."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS
from benchmark.metrics import CARDS
from benchmark.results.schema import Results

UNKNOWN = "not recorded"


def made_with(results: Results, metric: str) -> Mapping[str, str]:
    """By name what a metric's numbers of a file were made with.

    The face networks are among it for every metric: they cut out the faces. Of a metric that this version does not know
    everything that the file names counts.
    """
    card = CARDS.get(metric)
    networks = results.networks if card is None else {*FACE_NETWORKS, *card.networks}
    extractors = results.extractors or {}
    features = extractors if card is None else card.features
    found = {f"network {name}": results.networks.get(name, UNKNOWN) for name in sorted(networks)}
    found |= {f"feature {name}": extractors.get(name, UNKNOWN) for name in sorted(features)}
    if card is None or set(card.features) - {LANDMARKS}:  # landmarks are always read on the CPU in float32
        compute = results.compute
        found["precision"] = UNKNOWN if compute is None else compute.precision
        found["device"] = UNKNOWN if compute is None else compute.device
    return found


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """The first of two such lists that differs, in words: "network x is a1b2..., not c3d4..."; "" where none does."""
    for name in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(name, UNKNOWN), theirs.get(name, UNKNOWN)
        if a != b:
            return f"{name} is {short(b)}, not {short(a)}"
    return ""


def short(text: str) -> str:
    """A sha256 as people write it; other texts as they are."""
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if is_hash else text
