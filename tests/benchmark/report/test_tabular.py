"""Cells of the page's table: what stands below a value."""

from __future__ import annotations

import pytest

from benchmark.report.tabular import worst_parts
from benchmark.results.schema import Aggregate


def aggregate(**extra: float | str) -> Aggregate:
    return Aggregate(
        method="a",
        metric="blendshape_error[blendshapes52]",
        level="set",
        value=0.21,
        ci_low=None,
        ci_high=None,
        cases_expected=5,
        cases_scored=5,
        cases_failed=0,
        higher_is_better=False,
        unit="",
        not_computed=None,
        extra=extra,
    )


def test_the_worst_coefficients_are_named_with_their_errors() -> None:
    errors = {"error_jawOpen": 0.21, "error_mouthPucker": 0.15, "error_browInnerUp": 0.15, "error_eyeBlinkLeft": 0.02}
    found = worst_parts(aggregate(worst="jawOpen", n_cases=5.0, **errors))
    assert found == "jawOpen 0.210, browInnerUp 0.150, mouthPucker 0.150"


@pytest.mark.parametrize("extra", [{}, {"error_jawOpen": 0.2}, {"worst": "jawOpen"}])
def test_other_values_have_no_parts(extra: dict[str, float | str]) -> None:
    assert worst_parts(aggregate(**extra)) == ""
