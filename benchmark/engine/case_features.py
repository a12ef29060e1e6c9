"""From the records of a run to what metrics read of one case."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.engine.plan import Plan
from benchmark.engine.records import CaseRecord
from benchmark.engine.work import OutputOutcome
from benchmark.features.scored import FeatureReader, RecentVideos, ScoredCase, keep_latents, load_scored
from benchmark.features.types.case import CaseFeatures


def load_case(
    plan: Plan, record: CaseRecord, output: OutputOutcome, recent: RecentVideos | None = None
) -> CaseFeatures:
    """Everything that metrics read of one output. Raises BenchmarkError where a feature is gone.

    Args:
        recent: of the same plan; drivers and sources are looked for there first.
    """
    settings = plan.features
    reader = FeatureReader(
        settings.store, settings.compute, settings.video, settings.pair, settings.audio, settings.stride
    )
    return load_scored(_scored(record, output), reader, output.latents, recent)


def scored_by_method(plan: Plan, records: Sequence[CaseRecord]) -> dict[str, list[ScoredCase]]:
    """What each output of a run was scored from; those that failed are left out. Descriptors z are kept."""
    found: dict[str, list[ScoredCase]] = {method.name: [] for method in plan.methods}
    for record in records:
        for name, output in record.outputs.items():
            if record.reason is None and output.reason is None and record.driver is not None:
                z = None if output.latents is None else keep_latents(plan.features.store, output.latents)
                found[name].append(_scored(record, output, z))
    return found


def _scored(record: CaseRecord, output: OutputOutcome, latents: str | None = None) -> ScoredCase:
    case, driver = record.case, record.driver
    if driver is None:
        raise ValueError(f"expected a case with a driver but {case.id} has none")
    return ScoredCase(
        case_id=case.id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        driver=driver.content_id,
        output=output.content_id,
        source=record.source_id,
        no_source=case.no_source,
        person=output.person_id,
        audio=output.audio_id,
        no_audio=output.no_audio,
        no_pairs=output.no_pairs,
        has_reference=case.has_reference,
        fps=float(driver.fps),
        latents=latents,
    )
