"""Planted faults: rules make what they say, functions are put back, and the doctor finds every fault that is drawn."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from benchmark.doctor.known_values.catalog import known_values
from benchmark.doctor.known_values.value import KnownValue, of_function
from benchmark.features.extractors.catalog import pair_extractor
from benchmark.features.lip_sync import distances
from benchmark.features.types.extractor import Compute
from benchmark.metrics import CARDS, neutral, pose
from scripts import bench_doctor
from scripts.doctor_faults.behind import Functions
from scripts.doctor_faults.constants import constant_faults, wrong_values
from scripts.doctor_faults.equivalent import reason_of
from scripts.doctor_faults.families import FAMILIES, changes_of
from scripts.doctor_faults.planting import Fault, faults_of, planted, verdict
from scripts.doctor_faults.score import Known, by_cost, candidates, drawn, plant

FUNCTION = '''
def score(case: CaseFeatures, points: np.ndarray) -> np.ndarray:
    """Mean of a - b."""
    if case.frames < 1:
        raise ValueError(f"expected {case.frames - 1}")
    gap = np.abs(case.landmarks_px[:, points] - RIGHT[NOSE]).mean(axis=1)
    total = -gap[0] + 0.5
    total += 2.0 * gap[1:].sum()
    return np.maximum(total, 0.0)
'''


def changes(source: str) -> dict[str, set[tuple[str, str]]]:
    """(before, after) by family."""
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    found: dict[str, set[tuple[str, str]]] = {family: set() for family in FAMILIES}
    for change in changes_of(definition):
        found[change.family].add((change.before, change.after))
    assert ast.unparse(definition) == ast.unparse(ast.parse(source).body[0]), "the function is as before"
    return found


def test_rules_find_every_place_of_a_function() -> None:
    found = changes(FUNCTION)
    assert found["scale"] == {
        ("return np.maximum(total, 0.0)", "return np.maximum(total, 0.0) * 1.02"),
        ("0.5", "0.51"),
        ("2.0", "2.04"),
    }
    assert ("-gap[0] + 0.5", "-gap[0]") in found["dropped term"]
    assert ("total += 2.0 * gap[1:].sum()", "pass") in found["dropped term"]
    assert ("gap[1:].sum()", "gap[1:][1:].sum()") in found["truncated input"]
    assert ("case.landmarks_px", "case.landmarks_px[1:]") in found["truncated input"]
    assert {after for _, after in found["sum for mean"]} == {
        "np.abs(case.landmarks_px[:, points] - RIGHT[NOSE]).sum(axis=1)"
    }
    assert found["wrong axis"] == {("axis=1", "axis=0")}
    assert ("gap[0]", "gap[1]") in found["wrong point set"]
    assert ("gap[1:]", "gap[2:]") in found["wrong point set"]
    assert ("RIGHT[NOSE]", "RIGHT[NOSE + 1 if isinstance(NOSE, int) else NOSE[:-1]]") in found["wrong point set"]
    assert ("-gap[0]", "gap[0]") in found["sign"]
    assert ("np.maximum(total, 0.0)", "np.minimum(total, 0.0)") in found["sign"]


def test_messages_and_annotations_are_no_places() -> None:
    texts = {before for family in changes(FUNCTION).values() for before, _ in family}
    assert not any("frames - 1" in one or "ndarray" in one for one in texts)


def test_scores_are_scaled_where_they_are_made() -> None:
    source = "def f(case: CaseFeatures) -> CaseScore:\n    return CaseScore(1.0 - a, 3, 3)\n"
    assert ("CaseScore(1.0 - a, 3, 3)", "CaseScore((1.0 - a) * 1.02, 3, 3)") in changes(source)["scale"]


def one_variant_each() -> Known:
    variants = {metric.partition("[")[0]: metric for metric in reversed(tuple(known_values()))}
    return {metric: known_values()[metric] for metric in variants.values()}


@pytest.fixture(scope="module")
def functions() -> Functions:
    by_cost(one_variant_each())  # imports what functions import when they run
    return Functions()


def angle(expected: float) -> KnownValue:
    a, b = np.zeros(2), np.array([10.0, 350.0])
    return of_function(
        "pose_error_deg[mesh468]",
        "angles",
        "closed form",
        lambda: float(np.abs(pose.angle_difference_deg(a, b)).sum()),
        expected,
    )


def faults(functions: Functions, value: KnownValue) -> list[Fault]:
    return [fault for place in functions.behind([value]) for fault in faults_of(place)]


def test_a_fault_is_in_place_only_while_it_is_planted(functions: Functions) -> None:
    value = angle(20.0)
    fault = next(one for one in faults(functions, value) if one.after.endswith("return wrapped * 1.02"[7:]))
    before = pose.angle_difference_deg.__code__
    with planted(fault, functions):
        assert value.measure().measured.value == pytest.approx(20.4)
    assert pose.angle_difference_deg.__code__ is before
    assert value.holds(value.measure())
    assert verdict(fault, [value], functions) == "value"
    with pytest.raises(ZeroDivisionError), planted(fault, functions):
        raise ZeroDivisionError
    assert pose.angle_difference_deg.__code__ is before


def test_a_fault_that_no_value_tells_is_missed(functions: Functions) -> None:
    nothing = of_function(
        "psnr", "nothing", "closed form", lambda: abs(angle(0.0).measure().measured.value or 0) * 0, 0
    )
    fault = next(one for one in faults(functions, nothing) if "return wrapped" in one.name)
    missed = plant([(fault, ["psnr"])], {"psnr": [nothing]}, functions)[0]
    assert missed.is_missed
    assert reason_of(missed.fault.name) is None


def test_endless_loops_end(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.doctor_faults.planting.SECONDS", 0.05)
    fault = next(one for one in faults(functions, angle(20.0)) if "return wrapped" in one.name)

    def endless() -> float:
        while pose.angle_difference_deg(np.ones(1), np.zeros(1))[0] != 1.0:
            pass
        return 1.0

    assert verdict(fault, [of_function("psnr", "", "closed form", endless, 1.0)], functions) == "time"


def test_faults_reach_functions_that_are_imported_by_name(functions: Functions) -> None:
    kept = distances.parabola_vertex
    value = of_function("psnr", "", "closed form", lambda: kept(np.array([4.0, 1.0, 2.0]), 1), 0.25)
    scaled = next(one for one in faults(functions, value) if one.family == "scale")
    assert verdict(scaled, [value], functions) == "value"


def test_faults_that_are_drawn_are_found(functions: Functions) -> None:
    """Two of one variant of each metric; what these miss is asked of every other metric that runs the function.

    `scripts.bench_doctor` plants all faults of all metrics.
    """
    known = one_variant_each()
    chosen = drawn(candidates(known, functions), known, each=2, seed=21)
    assert {metrics[0] for _, metrics in chosen} <= set(CARDS)
    assert len(chosen) >= 60
    assert {fault.family for fault, _ in chosen} == set(FAMILIES)
    missed = {one.fault.name for one in plant(chosen, known, functions, until_found=True) if one.is_missed}
    if missed:
        others = {metric: values for metric, values in known_values().items() if metric not in known}
        asked = [(fault, ids) for fault, ids in candidates(others, functions).faults if fault.name in missed]
        assert {fault.name for fault, _ in asked} == missed
        missed = {one.fault.name for one in plant(asked, others, functions, until_found=True) if one.is_missed}
    assert missed == set()


def test_the_table_and_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    left_over = pair_extractor("l1").load(Compute())  # what others have loaded in this process is not what runs
    assert bench_doctor.main(["--metrics", "l1"]) == 0
    del left_over
    shown = capsys.readouterr().out
    assert "**100.0%** of" in shown
    assert "| `l1` | 3 |" in shown
    monkeypatch.setattr("scripts.bench_doctor.known_values", lambda: {"l1": known_values()["l1"][-1:]})  # equal frames
    assert bench_doctor.main(["--metrics", "l1"]) == 1
    assert "not found: [scale] benchmark.features.extractors.pixels.frame_l1" in capsys.readouterr().out


def test_constants_are_wrong_wherever_they_are_imported(functions: Functions) -> None:
    """A fault of a constant reaches every module that has it, and all of them have it back afterwards."""
    value = next(one for one in known_values()["expression_transfer[mesh468]"] if "apart" in one.name)
    found = [one for place in functions.behind([value]) for one in constant_faults(place)]
    scaled = next(one for one in found if one.name == "benchmark.metrics.neutral.APART: 2.0 -> scaled")
    with planted(scaled, functions):
        assert neutral.APART == pytest.approx(2.04)
        assert not value.holds(value.measure())
    assert neutral.APART == 2.0
    assert verdict(scaled, [value], functions) == "value"


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (0.5, {"scaled": 0.51, "0": 0.0}),
        (3, {"4": 4, "0": 0}),
        ((1, 2, 3), {"without the last": (1, 2)}),
        ((0.5, 1.0), {"scaled": (0.51, 1.02), "zeroed": (0.0, 0.0)}),
        (0.0, {}),
        (True, {}),
        (float("inf"), {}),
        ("px", {}),
        (("a", "b"), {}),
    ],
)
def test_what_a_constant_may_become(right: object, expected: dict[str, object]) -> None:
    assert wrong_values(right) == expected
