"""What a table is made of: measured numbers, and what they must share to stand together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """What rows must share to stand in one table: protocol, exact cases, data. Fields are columns."""

    protocol: str
    protocol_version: str
    case_list_sha256: str  # of the whole protocol on its data, as stated
    case_ids_sha256: str  # of the ids that were run, computed here
    case_limit: int | None
    n_cases: int
    data_name: str
    data_digest: str
    synthetic: bool


@dataclass(frozen=True)
class Entry:
    """One measured number, as stored. Fields are columns."""

    submission: int
    method: str
    weights_sha256: str | None
    metric: str
    level: str  # "case": derived again from its rows at submission; "set": as stated by the submitter
    value: float | None
    ci_low: float | None
    ci_high: float | None
    cases_expected: int
    cases_scored: int
    higher_is_better: bool | None
    unit: str
    needs: str | None  # why it was not computed
    verdict: str = "self-reported"  # of its submission
    evidence: str = "self-reported"  # "recomputed": the features in the bundle lead to this number


@dataclass(frozen=True)
class Clip:
    """A preview of a submission: its name in the bundle, and the file that it is.

    Args:
        name: as in the bundle.
        sha256: of its bytes, which are a file of the store.
        size_bytes: length.
    """

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class StoredSubmission:
    """What is known of a submission besides its numbers.

    Args:
        number: of the submission.
        submitted_at: UTC, ISO 8601.
        verdict: see `leaderboard.verdicts`.
        submitter: name of the token that sent it; None where it was stored on the machine itself.
        bundle_sha256: of the archive, None where only a results file came.
        fingerprint: of the results: equal for a run that is repeated with equal outcome.
        group: what it may be compared with.
        methods: their names, in the order of the file.
    """

    number: int
    submitted_at: str
    verdict: str
    submitter: str | None
    bundle_sha256: str | None
    fingerprint: str
    group: Group
    methods: tuple[str, ...]
