"""What a submission becomes in the database: plain values, which another process can make and send."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.cells import one_line
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from benchmark.results.schema import Aggregate, Results
    from leaderboard.validate import Submission

SELF_REPORTED = "self-reported"
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Prepared:
    """Rows of a submission that has no number yet.

    Args:
        values: columns of the submission.
        document: the results file as it was sent, zlib.
        entries: columns of each of its numbers.
    """

    values: Mapping[str, Value]
    document: bytes
    entries: Sequence[Mapping[str, Value]]


def prepare(
    submission: Submission, *, verdict: str = SELF_REPORTED, evidence: Mapping[str, str] | None = None
) -> Prepared:
    """Rows of checked results.

    Args:
        submission: checked.
        verdict: what the check found.
        evidence: the same for single metrics; those not named are self-reported.

    Raises:
        SubmissionError: text that no database can hold.
    """
    from leaderboard.rules.studies import study_aggregates

    results = submission.results
    _check_text(results)
    weights = {method.name: method.weights_sha256 for method in results.methods}
    found = evidence or {}
    return Prepared(
        values={
            "fingerprint": results.fingerprint(),
            "protocol": results.protocol.name,
            "protocol_version": results.protocol.version,
            "case_list_sha256": results.protocol.case_list_sha256,
            "case_ids_sha256": _ids_sha256(results.protocol.case_ids),
            "case_limit": results.protocol.limit,
            "n_cases": len(results.protocol.case_ids),
            "data_name": results.data.name,
            "data_digest": results.data.digest,
            "synthetic": results.data.synthetic,
            "verdict": verdict,
        },
        document=zlib.compress(results.to_json().encode()),
        entries=[
            _entry(place, one, weights[one.method], found.get(one.metric, SELF_REPORTED))
            for place, one in enumerate((*submission.aggregates, *study_aggregates(results)))
        ],
    )


def _check_text(results: Results) -> None:
    names = [results.protocol.name, results.protocol.version, results.data.name, *(m.name for m in results.methods)]
    for name in names:
        if "\0" in name:  # PostgreSQL has no such text; both databases refuse the same
            raise SubmissionError(one_line(f"expected a name without U+0000 but got {name!r}"))


def _ids_sha256(case_ids: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(case_ids)).encode()).hexdigest()


def _entry(position: int, a: Aggregate, weights_sha256: str | None, evidence: str) -> dict[str, Value]:
    return {
        "position": position,
        "method": a.method,
        "weights_sha256": weights_sha256,
        "metric": a.metric,
        "level": a.level,
        "value": a.value,
        "ci_low": a.ci_low,
        "ci_high": a.ci_high,
        "cases_expected": a.cases_expected,
        "cases_scored": a.cases_scored,
        "higher_is_better": a.higher_is_better,
        "unit": a.unit,
        "needs": a.not_computed.needs if a.not_computed else None,
        "evidence": evidence,
    }
