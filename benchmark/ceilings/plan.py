"""A protocol's plan with its ceilings in the place of methods."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmark.ceilings.exact_render import is_rendered
from benchmark.ceilings.outputs import Delayed, ExactRender, Reencoded
from benchmark.engine.plan import Plan, PlannedCase, PlannedMethod
from benchmark.results.errors import BenchmarkError
from benchmark.results.reserved import DELAY_FRAMES, DELAYED, EXACT_RENDER, REENCODED

_LICENCE = "the data's"


def with_ceilings(plan: Plan) -> Plan:
    """The plan of a protocol whose methods are its ceilings; an exact render where any source was rendered.

    Its results lie in a folder of their own, beside those of the plan.

    Raises:
        BenchmarkError: the plan has files as they are and no crops: nothing is known of their frames.
    """
    drivers = {case.id: replace(case.driver, delay=DELAY_FRAMES) for case in plan.cases if case.driver is not None}
    crop = next((driver.crop for driver in drivers.values()), None)
    if crop is None:
        raise BenchmarkError("expected a plan with face crops but got files as they are; ceilings belong to protocols")
    out = plan.out / "ceilings"
    methods = [PlannedMethod(REENCODED, Reencoded(), _LICENCE), PlannedMethod(DELAYED, Delayed(drivers), _LICENCE)]
    pairs = {case.id: pair for case in plan.cases if (pair := _rendered(case)) is not None}
    if pairs:
        methods.append(PlannedMethod(EXACT_RENDER, ExactRender(crop, out / "renders", pairs), _LICENCE))
    metrics = tuple(metric for metric in plan.metrics if "latents" not in metric.needs)
    return replace(plan, methods=tuple(methods), metrics=metrics, out=out)


def _rendered(case: PlannedCase) -> tuple[Path, Path] | None:
    source, driver = case.source, case.driver
    if source is None or driver is None or source.kind == "photo" or case.has_reference:
        return None
    return (source.path, driver.path) if is_rendered(source.path) and is_rendered(driver.path) else None
