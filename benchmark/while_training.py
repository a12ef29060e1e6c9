"""What the benchmark says of a model that is still being trained: for `feed model train --validate`.

    feed model train ... --validate benchmark.while_training:cross_reenactment --validate-every 500

The people are those of feed-mini that no protocol judges (its splits train and validation), so that settings may be
chosen by these numbers.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from benchmark.engine.evaluation import evaluate
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.selection import DriverSelection, SourceSelection
from benchmark.results.errors import BenchmarkError

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger(__name__)

PEOPLE = ("S01", "S02", "S03", "S04")
PROTOCOL = Protocol(
    name="while-training",
    version="1",
    summary="cross-reenactment among the rendered people whom no protocol judges",
    data="feed-mini",
    task="cross",
    size_px=256,
    crop_scale=1.0,
    frames_per_case=6,
    embed_every=2,
    seed=2024,
    drivers=DriverSelection(subjects=PEOPLE, stems=("MAU_strong", "FF_NR", "rotations"), camera="C", cases=12),
    sources=SourceSelection(subjects=PEOPLE),
    metrics=(
        "csim[dlib]", "expression_transfer[mesh478]", "intensity[mesh478]", "asymmetry[mesh478]",
        "wink_f1[blendshapes52]", "pose_transfer[mesh478]",
    ),
)  # fmt: skip


class Saved(Interface):
    """A model that a method reads again, such as `model.EMOPortraits`."""

    def parameters(self) -> Iterator[Tensor]: ...
    def save_pretrained(self, save_directory: Path) -> Any: ...


def cross_reenactment(model: Saved, step: int) -> dict[str, float]:
    """Means of the metrics over twelve cases; a warning alone for what cannot be computed.

    Raises:
        BenchmarkError: not a single metric could be computed; says why.
    """
    from baselines.reference.emoportraits import EmoPortraits
    from baselines.reference.megaportraits import MegaPortraits
    from baselines.reference.weights import find_weights

    device = str(next(model.parameters()).device)
    with tempfile.TemporaryDirectory(prefix="feed-validation-") as folder:
        model.save_pretrained(Path(folder))
        kinds = {kind.graph: kind for kind in (EmoPortraits, MegaPortraits)}
        method = kinds[find_weights(folder).graph](folder)
        results = evaluate(method, PROTOCOL, device=device)
    found = {}
    for one in results.aggregates:
        if one.value is not None:
            found[one.metric] = one.value
        elif one.not_computed is not None:
            logger.warning("validation has no %s: needs %s", one.metric, one.not_computed.needs)
    if not found:
        reasons = sorted({failure.reason for failure in results.failures})
        raise BenchmarkError(f"expected scores of step {step} but got none: {'; '.join(reasons[:3]) or 'see above'}")
    return found
