"""Bad bundles: each is refused with a reason, or says what the honest bundle says; none raises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.bundle.check import check_bundle
from tests.leaderboard.bundle.bad_bundles import KINDS, Base, bad_bundle, known_cases
from tests.leaderboard.bundle.forge import members_of
from tests.leaderboard.test_fuzz import meaning

FILES = 168  # twelve of each kind; scripts/fuzz_bundles.py has a thousand


@pytest.fixture(scope="module")
def base(cross_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Base:
    return Base(cross_bundle.read_bytes(), members_of(cross_bundle), tmp_path_factory.mktemp("bad"))


def test_no_bad_bundle_is_accepted_and_each_gets_a_reason(base: Base, cross_run: Path, tmp_path: Path) -> None:
    known = known_cases(Results.load(cross_run / "results.json"), "cross")
    honest = check_bundle(_written(tmp_path, base.content), known=known, seed=0)
    assert honest.verdict == "recomputed" and honest.submission is not None, honest.problems
    true = meaning(honest.submission)
    refused: Counter[str] = Counter()
    for seed in range(FILES):
        kind, content = bad_bundle(base, seed)
        checked = check_bundle(_written(tmp_path, content), known=known, seed=0)
        if checked.submission is None:
            assert checked.verdict == "rejected" and checked.problems
            assert all(str(one).isprintable() and one.message for one in checked.problems), f"seed {seed}"
            refused[kind] += 1
        else:
            assert meaning(checked.submission) == true, f"seed {seed}, {kind}: another meaning was accepted"
    assert set(refused) == set(KINDS) and sum(refused.values()) > 0.85 * FILES


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "bad.zip"
    path.write_bytes(content)
    return path
