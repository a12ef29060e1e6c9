"""Makes what a report plays, after a run: clips and curves of the few cases that are its best and worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.engine.case_features import load_case
from benchmark.engine.clips import CLIP_FRAMES, clip_path, save_clip
from benchmark.engine.outputs import Generated, OutputKind
from benchmark.engine.plan import Plan
from benchmark.engine.records import CaseRecord
from benchmark.engine.showcase import (
    Curve,
    Reason,
    Showcase,
    ShownCase,
    choose,
    curve_from,
    load_showcase,
    method_of,
    save_showcase,
    window_of,
)
from benchmark.engine.task import CaseTask, source_of
from benchmark.engine.tools import Tools
from benchmark.engine.work import CaseWork, TaskSettings
from benchmark.metrics import CARDS, score_case
from benchmark.metrics.headline import curve_metrics
from benchmark.metrics.scoring import stride_of
from benchmark.metrics.thinning import every_nth
from benchmark.results.schema import Results
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Executor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.timing import is_steady


def make_showcase(
    plan: Plan, records: Sequence[CaseRecord], results: Results, executor: Executor[Tools], progress: Progress
) -> None:
    """Write OUT/showcase.json and the clips that it names; what an earlier run left of other methods is kept.

    Args:
        results: of the whole folder.
    """
    before = load_showcase(plan.out)
    ours = method_of(results, before)
    chosen = {} if ours is None else choose(results, ours)
    earlier = {one.case_id: one for one in before.cases}
    found = {record.case.id: record for record in records if record.driver is not None}
    shown = [
        _shown(plan, found[case_id], reasons, earlier.get(case_id), ours or "")
        for case_id, reasons in chosen.items()
        if case_id in found
    ]
    tasks = [task for one in shown if (task := _task(plan, found[one.case_id], one)) is not None]
    if tasks:
        with progress.phase("clips", len(tasks)) as step:
            executor.map(tasks, step)
    save_showcase(plan.out, Showcase(method=ours, cases=tuple(shown)))


@dataclass(frozen=True)
class _ClipTask:
    """The clips of one case: its frames lie on disk by now, and are read again."""

    task: CaseTask
    folder: Path
    first_frame: int

    def run(self, tools: Tools) -> None:
        """Write what is missing. A clip that cannot be made is left out, and the report says so."""
        (case,) = self.task.cases
        try:
            driver = self.task.driver.load(tools.models)
            source = source_of(case, driver, tools)
        except (FeedError, OSError):
            return
        if source is not None:
            save_clip(clip_path(self.folder, source.content_id, 0), source, 0)
        save_clip(clip_path(self.folder, driver.content_id, self.first_frame), driver, self.first_frame)
        inputs = self.task.inputs(case, source, driver)
        for _, kind in self.task.outputs:
            try:
                video = kind.make(inputs, tools).frames
                save_clip(clip_path(self.folder, video.content_id, self.first_frame), video, self.first_frame)
            except (FeedError, OSError):
                continue


def _task(plan: Plan, record: CaseRecord, shown: ShownCase) -> _ClipTask | None:
    """What is left to do; None where every clip is there."""
    case = record.case
    wanted = [place for place in (shown.source, shown.driver, *shown.outputs.values()) if place is not None]
    if case.driver is None or all((plan.out / place).is_file() for place in wanted):
        return None
    work = CaseWork(case.id, case.source, case.no_source, case.audio, case.has_reference, is_shown=False)
    outputs = tuple(
        (method.name, _as_made(method.output))
        for method in plan.methods
        if not method.output.is_reference and shown.outputs.get(method.name) is not None
    )
    settings = TaskSettings(plan.features, plan.thumbnails, plan.protocol.gives, plan.protocol.seed, plan.panels)
    return _ClipTask(CaseTask(case.driver, (work,), outputs, settings), plan.clips, shown.first_frame)


def _as_made(output: OutputKind) -> OutputKind:
    """The same without making anything again."""
    return replace(output, overwrite="missing") if isinstance(output, Generated) else output


def _shown(
    plan: Plan, record: CaseRecord, reasons: tuple[Reason, ...], before: ShownCase | None, ours: str
) -> ShownCase:
    driver, mine = record.driver, {method.name for method in plan.methods}
    assert driver is not None
    curves = _curves(plan, record)
    if ours in mine or before is None:
        first_frame = window_of(reasons[0], [one for one in curves if one.method == ours], driver.frame_count)
    else:
        first_frame = before.first_frame  # where the clips of that method begin

    def place(content_id: str | None, begin: int) -> str | None:
        return clip_path(plan.clips, content_id, begin).relative_to(plan.out).as_posix() if content_id else None

    made = {
        name: None if output.reason is not None else place(output.content_id, first_frame)
        for name, output in record.outputs.items()
    }
    times_s = driver.times_s[first_frame : first_frame + CLIP_FRAMES]
    times_s = times_s - times_s[:1]
    return ShownCase(
        case_id=record.case.id,
        driver_id=record.case.driver_label,
        source_id=record.case.source_label,
        judged_id=record.case.judged_label,
        reasons=reasons,
        first_frame=first_frame,
        frames=driver.frame_count,
        fps=float(driver.fps),
        times_s=None if is_steady(times_s, driver.fps) else tuple(times_s.tolist()),
        has_reference=record.case.has_reference,
        source=place(record.source_id, 0),
        driver=place(driver.content_id, first_frame),
        outputs={**({} if before is None else before.outputs), **made},
        curves=(*([] if before is None else [one for one in before.curves if one.method not in mine]), *curves),
    )


def _curves(plan: Plan, record: CaseRecord) -> tuple[Curve, ...]:
    """Values of single frames of every output of a case."""
    wanted = curve_metrics({metric.id for metric in plan.metrics if plan.networks.missing_for(metric) is None})
    curves = []
    for method in plan.methods:
        output = record.outputs.get(method.name)
        if method.output.is_reference or output is None or output.reason is not None or record.reason is not None:
            continue
        features = load_case(plan, record, output)
        for metric in wanted:
            stride = stride_of(plan.protocol.embed_every, CARDS[metric])
            values = score_case(metric, every_nth(features, stride)).frame_values
            if values is not None and len(values):
                curves.append(curve_from(method.name, metric, values, stride))
    return tuple(curves)
