"""From records of cases to the results file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from baselines.interface.speed import speed_of
from benchmark.engine.environment import describe_environment
from benchmark.engine.inputs import PREPROCESSING
from benchmark.engine.networks import REQUIRED
from benchmark.engine.plan import Plan, PlannedMethod
from benchmark.engine.records import CaseRecord
from benchmark.features.store import preprocessing_of
from benchmark.protocols.settings import recorded_settings
from benchmark.results.schema import (
    Aggregate,
    CaseRow,
    ComputeRecord,
    DataRecord,
    DoctorRecord,
    FailedCase,
    InputsRecord,
    MethodRecord,
    ProtocolRecord,
    Results,
    SpeedRecord,
)
from feed_dataset.core.jobs.array_store import key_of

_LONGEST_NOTE = 2000  # as the schema of results has it


def results_of(
    plan: Plan,
    records: Sequence[CaseRecord],
    rows: list[CaseRow],
    aggregates: list[Aggregate],
    timings_s: Mapping[str, float],
    doctor: Sequence[DoctorRecord] | None,
) -> Results:
    """Everything that the run found out, with how it was found out."""
    used = {*REQUIRED, *(name for metric in plan.metrics for name in metric.networks)}
    notes = None if plan.notes is None else [note[:_LONGEST_NOTE] for note in (*plan.notes, *_notes(records))]
    return Results(
        protocol=_protocol(plan, records),
        data=DataRecord(
            name=plan.data.name,
            digest=plan.data.digest or key_of(sorted(str(list(record.files)) for record in records)),
            synthetic=plan.data.synthetic,
        ),
        methods=[_method(method, records) for method in plan.methods],
        rows=rows,
        aggregates=aggregates,
        failures=_failures(plan, records),
        networks={name: sha256 for name, sha256 in sorted(plan.networks.present.items()) if name in used},
        extractors=preprocessing_of(plan.features.ids),
        compute=ComputeRecord(device=plan.compute.device.partition(":")[0], precision=plan.compute.precision),
        inputs=InputsRecord(
            drivers=[None if one.driver is None else one.driver.content_id for one in records],
            sources=[one.source_id for one in records],
        ),
        doctor=None if doctor is None else list(doctor),
        notes=notes,
        environment=describe_environment(plan.compute),
        timings_s=dict(timings_s),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=plan.command,
    )


def _method(method: PlannedMethod, records: Sequence[CaseRecord]) -> MethodRecord:
    outputs = [record.outputs[method.name] for record in records if method.name in record.outputs]
    speed = speed_of([output.speed for output in outputs if output.speed is not None])
    return MethodRecord(
        name=method.name,
        licence=method.licence,
        weights_sha256=method.weights_sha256,
        seconds_generate=round(sum(output.seconds for output in outputs), 3),
        reads_with=None if method.reads_with is None else list(method.reads_with),
        card=method.card,
        speed=None if speed is None else SpeedRecord(**asdict(speed)),
        version=method.version,
        code_sha256=method.code_sha256,
        setting_sha256=method.setting_sha256,
        outputs=[_content_of(record, method.name) for record in records],
    )


def _content_of(record: CaseRecord, method: str) -> str | None:
    output = record.outputs.get(method)
    return None if output is None else output.content_id or None


def _settings(plan: Plan) -> dict[str, str]:
    """What decides inputs and features besides size, length and seed."""
    protocol = plan.protocol
    found = recorded_settings(protocol.embed_every, protocol.crop_scale, protocol.gives)
    if protocol.crop_scale is not None:
        found["crop"] = PREPROCESSING
    return found | {"several panels": plan.panels}


def _protocol(plan: Plan, records: Sequence[CaseRecord]) -> ProtocolRecord:
    protocol = plan.protocol
    drivers = [record.driver for record in records if record.driver is not None]
    sizes = [output.size_px for record in records for output in record.outputs.values()]
    contents = [[record.case.id, record.case.cluster, record.case.source_cluster, *record.files] for record in records]
    return ProtocolRecord(
        name=protocol.name,
        version=protocol.version,
        case_list_sha256=protocol.case_list_sha256
        or key_of(protocol.name, protocol.version, protocol.embed_every, contents),
        case_ids=[record.case.id for record in records],
        size_px=protocol.size_px or max([1, *sizes]),
        frames_per_case=protocol.frames_per_case or max([1, *(driver.frame_count for driver in drivers)]),
        seed=protocol.seed,
        limit=protocol.limit,
        settings=_settings(plan),
    )


def _failures(plan: Plan, records: Sequence[CaseRecord]) -> list[FailedCase]:
    """Cases without inputs, then those of each method."""
    failures = [
        FailedCase(method=None, case_id=record.case.id, stage="data", reason=record.reason)
        for record in records
        if record.reason is not None
    ]
    for method in plan.methods:
        for record in records:
            output = record.outputs.get(method.name)
            if record.reason is None and output is not None and output.reason is not None:
                failures.append(
                    FailedCase(method=method.name, case_id=record.case.id, stage=output.stage, reason=output.reason)
                )
    return failures


def _notes(records: Sequence[CaseRecord]) -> list[str]:
    return [note for record in records for output in record.outputs.values() for note in output.notes]
