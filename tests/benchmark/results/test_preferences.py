"""Studies in a results file: what cannot be true is refused, and older files keep their fingerprint."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from benchmark.results.errors import ResultsError
from benchmark.results.joining import joined, of_methods, renamed
from benchmark.results.preferences import StudyRecord
from benchmark.results.schema import Results
from tests.leaderboard.conftest import make_results

RECORD: dict[str, Any] = {
    "kind": "umtn",
    "study_digest": "1" * 64,
    "answers_digest": "2" * 64,
    "case_list_sha256": "a" * 64,
    "raters": 24,
    "cases": 4,
    "votes": 100,
    "ties": 10,
    "excluded": 3,
    "rows": [
        {"method": "emoportraits", "votes": 60, "percent": 45.0, "ci_low": 40.0, "ci_high": 50.0, "win_percent": 75.0},
        {"method": "copy-source", "votes": 80, "percent": 20.0, "ci_low": 15.0, "ci_high": 25.0, "win_percent": 25.0},
        {"method": "another", "votes": 60, "percent": 35.0, "ci_low": None, "ci_high": None, "win_percent": 350 / 6},
    ],
    "tiers": [["emoportraits"], ["another", "copy-source"]],
    "no_rank_because": None,
    "alpha": 0.4,
}


def with_study(results: Results, **changes: Any) -> Results:
    record = StudyRecord.model_validate({**RECORD, **changes})
    return Results.model_validate(results.model_copy(update={"studies": [record]}).model_dump())


def test_a_file_with_a_study_reads_back(results: Results, tmp_path: Any) -> None:
    whole = with_study(results)
    whole.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == whole
    assert whole.studies is not None and whole.studies[0].metric == "umtn[11111111]"


def test_a_study_changes_the_fingerprint_and_its_absence_does_not(results: Results) -> None:
    assert with_study(results).fingerprint() != results.fingerprint()
    assert '"studies"' in results.to_json()


def row(place: int, **changes: Any) -> list[dict[str, Any]]:
    rows = [dict(one) for one in RECORD["rows"]]
    rows[place].update(changes)
    return rows


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows": row(0, percent=46.0)}, "add up to 100"),
        ({"rows": row(0, win_percent=80.0)}, "by its own votes"),
        ({"rows": row(0, votes=61)}, "two methods in each"),
        ({"rows": row(0, ci_low=46.0)}, "in its interval"),
        ({"rows": row(0, ci_low=None)}, "both ends"),
        ({"rows": row(0, method="another")}, "each method once"),
        ({"tiers": [["emoportraits"]]}, "in one tier"),
        ({"tiers": None}, "a reason for none"),
        ({"no_rank_because": "few"}, "a reason for none"),
        ({"rows": row(0, percent=float("nan"))}, "finite"),
        ({"rows": row(0, percent=450.0)}, "less than or equal to 100"),
        ({"kind": "other"}, "umtn"),
    ],
)
def test_what_cannot_be_true_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        StudyRecord.model_validate({**RECORD, **changes})


def test_a_study_is_of_methods_of_the_file_and_one_of_each_kind(results: Results) -> None:
    with pytest.raises(ValidationError, match="none of them"):
        with_study(make_results(("somebody", "else")))
    record = StudyRecord.model_validate(RECORD)
    with pytest.raises(ValidationError, match="one study of each kind"):
        Results.model_validate(results.model_copy(update={"studies": [record, record]}).model_dump())


def test_methods_that_are_put_together_or_renamed_keep_their_study(results: Results) -> None:
    whole = with_study(results)
    ours, theirs = of_methods(whole, {"emoportraits"}), of_methods(whole, {"copy-source"})
    assert joined([ours, theirs]).studies == whole.studies
    assert joined([ours, of_methods(results, {"copy-source"})]).studies == whole.studies
    new = renamed(whole, {"emoportraits": "mine"})
    assert new.studies is not None and new.studies[0].rows[0].method == "mine" and new.studies[0].tiers[0] == ["mine"]
    other = of_methods(with_study(results, alpha=0.1), {"copy-source"})
    with pytest.raises(ResultsError, match="one umtn study"):
        joined([ours, other])
    assert of_methods(whole, {"nobody"}).studies is None


@pytest.fixture
def results() -> Results:
    return make_results()
