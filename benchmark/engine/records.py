"""What became of each case of a run: small values between the tasks and the rows."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.engine.plan import PlannedCase
from benchmark.engine.work import OutputOutcome
from benchmark.features.types.sequence import FrameSequence


@dataclass(frozen=True, eq=False)
class CaseRecord:
    """One case: its inputs, and its outputs by method.

    Args:
        driver: facts of the driver; None where it failed.
        source_id: content id of the source; None where there is none.
        reason: why there are no inputs: the case failed for every method.
        files: sha256 of the user's files where they are taken as they are.
    """

    case: PlannedCase
    driver: FrameSequence | None
    source_id: str | None
    reason: str | None
    outputs: dict[str, OutputOutcome]
    files: tuple[str | None, ...]
