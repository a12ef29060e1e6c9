"""A thousand mutated files: each is refused in one line, or says what the honest file says."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.schema import Results
from feed_dataset.core.weights import registry
from leaderboard.errors import SubmissionError
from leaderboard.validate import Submission, read_submission
from tests.leaderboard.honest import honest
from tests.leaderboard.mutations import mutated

FILES = {"feed-mini-cross": 800, "feed-mini-self": 200}
MAX_GROWTH_MB = 100


def meaning(submission: Submission) -> Any:
    """All that tables show or that others compute with, less what only the submitter can know.

    That is: which weights and licence a method has, words of reasons and notes, times and the machine; the digest of a
    network whose authors publish none.
    """
    results: Results = submission.results
    return (
        results.protocol,
        results.data,
        results.compute and results.compute.precision,
        {name: registry.get(name).sha256 and sha256 for name, sha256 in results.networks.items()},
        results.extractors,
        [method.name for method in results.methods],
        [row.model_dump(exclude={"failures": {"__all__": {"reason"}}}) for row in results.rows],
        [aggregate.model_dump(exclude={"extra"}) for aggregate in submission.aggregates],
        [(failure.method, failure.case_id, failure.stage) for failure in results.failures],
    )


@pytest.mark.parametrize("protocol", FILES)
def test_no_mutated_file_is_accepted_with_another_meaning(protocol: str, tmp_path: Path) -> None:
    path, files = tmp_path / "results.json", FILES[protocol]
    text = honest(protocol=protocol, limit=2).to_json()
    path.write_text(text)
    true = meaning(read_submission(path))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    accepted, reasons = 0, set()
    for seed in range(files):
        path.write_bytes(mutated(text, seed))
        try:
            submission = read_submission(path)
        except SubmissionError as error:
            message = str(error)
            assert message.isprintable() and len(message) <= 600, f"seed {seed}: {message!r}"
            reasons.add(message.replace(str(path), "")[:60])
        else:
            accepted += 1
            assert meaning(submission) == true, f"seed {seed}"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MAX_GROWTH_MB
    assert 0.02 * files < accepted < 0.5 * files  # mutations of times, machines and words
    assert len(reasons) > 0.1 * files  # they do not all break the same rule
