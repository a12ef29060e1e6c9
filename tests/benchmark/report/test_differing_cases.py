"""Which cases a page of several runs plays."""

from __future__ import annotations

from benchmark.report.differing_cases import MOST_CASES, Contrast, Pair, most_differing, pairs_of
from benchmark.results.schema import Aggregate, CaseRow, Results
from benchmark.runs.together import Together

SIMILARITY, ERROR = "csim[dlib]", "gaze_error_deg[iris]"
PAIR = Pair("mine", "theirs")

Values = dict[str, list[float | None]]


def results(found: dict[str, Values]) -> Results:
    """By metric and method one value for each case."""
    rows, aggregates = [], []
    for metric, by_method in found.items():
        for method, values in by_method.items():
            scored = [value for value in values if value is not None]
            aggregates.append(
                Aggregate(
                    method=method, metric=metric, level="case", value=sum(scored) / len(scored) if scored else None,
                    cases_expected=len(values), cases_scored=len(scored), cases_failed=len(values) - len(scored),
                    higher_is_better=metric != ERROR, unit="",
                )
            )  # fmt: skip
            rows += [
                CaseRow(
                    method=method, case_id=f"case{place}", cluster="a", source_cluster="b", metric=metric, value=value,
                    frames_expected=1, frames_scored=int(value is not None),
                )
                for place, value in enumerate(values)
            ]  # fmt: skip
    return Results.model_construct(rows=rows, aggregates=aggregates)


def all_kept(case_id: str, pair: Pair) -> bool:
    return True


def test_each_metric_has_the_case_that_speaks_most_for_either_method() -> None:
    found = most_differing(
        results(
            {
                SIMILARITY: {"mine": [0.9, 0.5, 0.8, 0.7], "theirs": [0.8, 0.9, 0.2, 0.7]},
                ERROR: {"mine": [9.0, 1.0, 5.0, 5.0], "theirs": [2.0, 3.0, 5.0, 5.0]},
            }
        ),
        [PAIR],
        all_kept,
    )
    assert found.cases == {
        "case2": (Contrast(SIMILARITY, "mine", "theirs", (0.8, 0.2)),),
        "case1": (
            Contrast(SIMILARITY, "theirs", "mine", (0.9, 0.5)),
            Contrast(ERROR, "mine", "theirs", (1.0, 3.0)),
        ),
        "case0": (Contrast(ERROR, "theirs", "mine", (2.0, 9.0)),),
    }
    assert found.left_out == 0


def test_a_direction_that_no_case_has_is_left_out() -> None:
    found = most_differing(results({SIMILARITY: {"mine": [0.9, 0.8], "theirs": [0.8, 0.8]}}), [PAIR], all_kept)
    assert found.cases == {"case0": (Contrast(SIMILARITY, "mine", "theirs", (0.9, 0.8)),)}


def test_values_that_are_shown_alike_do_not_differ() -> None:
    found = most_differing(results({SIMILARITY: {"mine": [0.9, 0.8], "theirs": [0.9 + 1e-9, 0.8]}}), [PAIR], all_kept)
    assert found.cases == {}


def test_cases_that_only_one_method_has_do_not_count() -> None:
    found = most_differing(results({SIMILARITY: {"mine": [0.9, None], "theirs": [None, 0.8]}}), [PAIR], all_kept)
    assert found.cases == {}


def test_where_frames_are_gone_the_next_case_is_taken_and_it_is_said() -> None:
    values: dict[str, Values] = {SIMILARITY: {"mine": [0.9, 0.9, 0.9], "theirs": [0.1, 0.2, 0.3]}}
    found = most_differing(results(values), [PAIR], lambda case_id, _: case_id == "case2")
    assert list(found.cases) == ["case2"] and found.left_out == 2
    nothing = most_differing(results(values), [PAIR], lambda *_: False)
    assert nothing.cases == {} and nothing.left_out == 3


def test_the_next_metric_stands_in_for_one_without_values() -> None:
    """csim[arcface] would come first, but its network was not there."""
    values: dict[str, Values] = {
        "csim[arcface]": {"mine": [None], "theirs": [None]},
        SIMILARITY: {"mine": [0.9], "theirs": [0.1]},
    }
    assert [one.metric for one in most_differing(results(values), [PAIR], all_kept).cases["case0"]] == [SIMILARITY]


def test_there_is_a_largest_number_of_cases() -> None:
    others = [f"other{number}" for number in range(MOST_CASES)]
    ours = [0.5] * 2 * MOST_CASES
    values: Values = {"mine": list(ours)}
    for number, name in enumerate(others):
        values[name] = [*ours[: 2 * number], 0.9, 0.1, *ours[2 * number + 2 :]]
    found = most_differing(results({SIMILARITY: values}), [Pair("mine", name) for name in others], all_kept)
    assert len(found.cases) == MOST_CASES


def table(runs: tuple[str, ...], origins: dict[str, tuple[str, str]]) -> Together:
    return Together(Results.model_construct(), runs, origins)


def test_our_method_is_compared_with_the_first_one_of_each_run() -> None:
    origins = {"mine": ("a", "mine"), "bound": ("a", "bound"), "theirs": ("b", "theirs"), "last": ("b", "last")}
    two = table(("a", "b"), origins)
    assert pairs_of(two, "mine") == [("mine", "theirs")]
    assert pairs_of(two, "bound") == [("bound", "mine"), ("bound", "theirs")]
    assert pairs_of(two, "elsewhere") == []
    one = table(("a",), {**dict(list(origins.items())[:2]), "reference": ("a", "reference")})
    assert pairs_of(one, "mine") == [("mine", "bound")], "inside of a run each other method"
