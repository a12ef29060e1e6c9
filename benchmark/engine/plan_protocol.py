"""From a protocol, data and methods to a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from baselines.doors.spec import MethodSpec, checked_name
from baselines.interface.method import Method
from baselines.interface.refusals import refusal, remarks
from baselines.outside.command import CommandMethod
from baselines.outside.existing import ExistingFrames
from benchmark.engine.controls import controls_of, other_sounds
from benchmark.engine.inputs import Crop, Input
from benchmark.engine.mean_of_views import MeanOfViews
from benchmark.engine.method_request import card_record, licence_of, request_to
from benchmark.engine.moments import Moments
from benchmark.engine.networks import REQUIRED, NetworkStatus, unasked
from benchmark.engine.outputs import CommandOutput, Existing, Generated, Overwrite, Reference
from benchmark.engine.plan import (
    Plan,
    PlannedCase,
    PlannedData,
    PlannedMethod,
    PlannedProtocol,
    predictions_folder,
)
from benchmark.features.types.extractor import Compute
from benchmark.metrics import MetricCard
from benchmark.protocols.case import Case, CaseList
from benchmark.protocols.cases import build_cases, lacking_drivers
from benchmark.protocols.corpora import Corpora, digest_of_files
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError, MethodRefused
from benchmark.results.reserved import CEILINGS, MEAN_OF_VIEWS, control_row, is_control_row
from benchmark.results.schema import REFERENCE_ROW
from feed_dataset.layout.mini import EMBEDDED

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog


def plan_protocol(
    protocol: Protocol,
    data: Catalog | Corpora,
    specs: Sequence[MethodSpec],
    metrics: Sequence[MetricCard],
    networks: Callable[[], NetworkStatus],
    out: Path,
    *,
    limit: int | None = None,
    overwrite: Overwrite = "missing",
    command: str = "",
    compute: Compute | None = None,
    announce: Callable[[str], None] = lambda line: None,
    objects: Mapping[str, Method] = MappingProxyType({}),
    replaces: bool = False,
    companions: Collection[str] = (),
    check: Callable[[Plan], object] = lambda plan: None,
) -> Plan:
    """Everything that can be wrong is found here, before any work is done.

    Args:
        networks: finds them, and may fetch some: asked for once all methods fit and `check` has nothing against it, so
            that a refusal costs no download.
        limit: only the first cases.
        announce: called with a line for each thing that a reader of a method's numbers must know.
        objects: methods that are here already, by name.
        replaces: results in `out` that the run would lose may be replaced.
        companions: names of methods that are there for comparison alone; one that the protocol refuses is left out.
        check: refuses a plan by what it raises; sees it before any network is looked for.

    Raises:
        BenchmarkError: the data does not fit the protocol, or a method cannot do what the protocol asks.
        FeedError: a method cannot be loaded.
    """
    case_list = build_cases(protocol, data)
    cases = case_list.cases[:limit]
    if (lacking := lacking_drivers(protocol, case_list, data.name)) is not None:
        announce(lacking)
    methods = []
    for spec in specs:
        found = objects[spec.name] if spec.name in objects else spec.load()
        try:
            method = _method(spec, found, protocol, cases, metrics, out, overwrite, compute or Compute(), announce)
        except MethodRefused as error:
            if spec.name not in companions:
                raise
            announce(f"{error}; its row is left out")
            continue
        method = replace(method, origin=_origin(spec, data))
        methods += [method, *_controls(method, found, protocol, announce)]
    stated, found_data = _protocol(protocol, case_list, limit), _data(data, cases)

    def with_networks(status: NetworkStatus) -> Plan:
        crop = Crop(
            folder=out / "inputs",
            size_px=protocol.size_px,
            scale=protocol.crop_scale,
            frame_budget=protocol.frames_per_case,
            networks=tuple((name, status.present[name]) for name in REQUIRED if name in status.present),  # a dry run
        )
        others = other_sounds(case_list.cases, protocol.seed) if protocol.is_heard else {}
        planned = tuple(replace(_case(one, crop, protocol), other_audio=others.get(one.driver_path)) for one in cases)
        rows = list(methods)
        if protocol.views is not None:
            rows.append(PlannedMethod(MEAN_OF_VIEWS, _mean_of_views(cases, crop), "the data's"))
        if any(case.has_reference for case in planned):
            rows.append(PlannedMethod(REFERENCE_ROW, Reference(), "the data's"))
        return Plan(
            protocol=stated,
            data=found_data,
            cases=planned,
            methods=tuple(rows),
            metrics=tuple(metrics),
            networks=status,
            out=out,
            command=command,
            compute=compute or Compute(),
            replaces=replaces,
        )

    check(with_networks(unasked(metrics)))
    return with_networks(networks())


def _protocol(protocol: Protocol, case_list: CaseList, limit: int | None) -> PlannedProtocol:
    return PlannedProtocol(
        name=protocol.name,
        version=protocol.version,
        seed=protocol.seed,
        embed_every=protocol.embed_every,
        size_px=protocol.size_px,
        frames_per_case=protocol.frames_per_case,
        case_list_sha256=case_list.sha256,
        limit=limit if limit and limit < len(case_list.cases) else None,
        gives=frozenset(protocol.gives),
        crop_scale=protocol.crop_scale,
    )


def _case(case: Case, crop: Crop, protocol: Protocol) -> PlannedCase:
    source = case.source
    has_clip = case.driver_kind == "clip"
    return PlannedCase(
        id=case.id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        source=Input(
            label=f"source {source.id}",
            path=source.path,
            kind="photo" if source.is_photo else "first-frame" if source.at is None else "frame",
            crop=crop,
            expected_sha256=source.sha256,
            at=source.at,
        ),
        source_label=source.id,
        driver=Input(
            label=f"{'driver' if case.views is None else 'target'} {case.driver_id}",
            path=case.driver_path,
            kind=case.driver_kind,
            crop=crop,
            at=case.driver_at,
            span_s=protocol.span_s if has_clip else None,
            moments=_moments(case),
        ),
        driver_label=case.drives_id,
        audio=case.driver_path if has_clip else "the driver is a picture",
        has_reference=case.has_reference,
        seen=None if case.views is None else _view(case, case.views.seen, crop),
        judged_label=case.judged_id,
    )


def _view(case: Case, path: Path, crop: Crop) -> Input:
    """What a camera of a case saw at the target's moments."""
    return Input(f"view {path.stem}", path, "clip", crop, moments=_moments(case))


def _moments(case: Case) -> Moments | None:
    if case.views is None:
        return None
    return Moments(case.driver_path, case.views.others, case.views.is_audited)


def _mean_of_views(cases: Sequence[Case], crop: Crop) -> MeanOfViews:
    views = {case.id: case.views for case in cases if case.views is not None}
    by_id = {case.id: case for case in cases}
    return MeanOfViews({one: tuple(_view(by_id[one], p, crop) for p in found.others) for one, found in views.items()})


def _method(
    spec: MethodSpec,
    found: Method | CommandMethod | ExistingFrames,
    protocol: Protocol,
    cases: Sequence[Case],
    metrics: Sequence[MetricCard],
    out: Path,
    overwrite: Overwrite,
    compute: Compute,
    announce: Callable[[str], None],
) -> PlannedMethod:
    if spec.name == REFERENCE_ROW:
        raise BenchmarkError(f"the name {REFERENCE_ROW!r} is reserved for the row of the references themselves")
    if spec.name == MEAN_OF_VIEWS:
        raise BenchmarkError(f"the name {MEAN_OF_VIEWS!r} is reserved for the mean of the other cameras")
    if spec.name in CEILINGS:
        raise BenchmarkError(f"the name {spec.name!r} is reserved for a ceiling; give the method another one")
    if is_control_row(spec.name):
        raise BenchmarkError(f"the name {spec.name!r} is reserved for a control; give the method another one")
    folder = predictions_folder(out) / spec.name
    if not isinstance(found, Method | CommandMethod):
        ids = [case.id for case in cases]
        for name in found.unmatched(ids):
            announce(f"{spec.name}: {name} belongs to no case of {protocol.name}")
        existing = Existing.in_folder(found, ids)
        return PlannedMethod(spec.name, existing, has_latents=bool(existing.latents))
    capabilities = found.capabilities
    asked = request_to(capabilities, type(found), protocol, cases, metrics, compute)
    reason = refusal(capabilities, asked)
    if reason is not None:
        raise MethodRefused(f"{spec.name} cannot run on {protocol.name}: it {reason}")
    for line in remarks(capabilities, asked, size_px=protocol.size_px):
        announce(f"{spec.name} {line}")
    output: CommandOutput | Generated
    weights = found.weights_sha256 if isinstance(found, CommandMethod) else found.weights_for(protocol.gives)
    if isinstance(found, CommandMethod):
        if protocol.views is not None:
            raise MethodRefused(f"{spec.name} cannot run on {protocol.name}: no file hands head poses to a command")
        output = CommandOutput(spec, folder, capabilities, found.version, weights, overwrite, found.setting_sha256)
    else:
        output = Generated(spec, folder, overwrite, capabilities, found.version, weights)
    return PlannedMethod(
        spec.name,
        output,
        licence_of(capabilities),
        capabilities.has_latents,
        weights,
        reads_with=tuple(sorted(capabilities.reads_with)),
        card=card_record(capabilities, asked.people, is_heard=protocol.is_heard),
        version=found.version,
        code_sha256=spec.code_sha256,
        setting_sha256=found.setting_sha256 if isinstance(found, CommandMethod) else None,
    )


def _controls(
    method: PlannedMethod,
    found: Method | CommandMethod | ExistingFrames,
    protocol: Protocol,
    announce: Callable[[str], None],
) -> list[PlannedMethod]:
    """The rows of the method's controls, on protocols that are driven by sound."""
    output = method.output
    if not isinstance(output, Generated | CommandOutput) or isinstance(found, ExistingFrames):
        return []
    is_command = isinstance(found, CommandMethod)
    controls, lack = controls_of(found.capabilities, frozenset(protocol.gives), is_command=is_command)
    if lack is not None:
        announce(f"{method.name} {lack}: it has no row {control_row(method.name, 'still-head')}")
    rows = []
    for control in controls:
        name = checked_name(control_row(method.name, control), f"the row of {method.name}'s control")
        made = replace(output, folder=output.folder.with_name(name), control=control)
        rows.append(replace(method, name=name, output=made, origin=f"{method.origin} with {control}"))
    return rows


def _data(data: Catalog | Corpora, cases: Sequence[Case]) -> PlannedData:
    digest = digest_of_files(cases) if isinstance(data, Corpora) else data.digest
    return PlannedData(data.name, digest, data.name in EMBEDDED)


def _origin(spec: MethodSpec, data: Catalog | Corpora) -> str:
    """Which method on which data; its code and weights and the data's files may change, and its row with them."""
    options = [f"{name}={value}" for name, value in sorted(spec.options.items())]
    return " ".join([spec.target, *options, "on", data.name if data.name == "feed-mini" else str(data.root)])
