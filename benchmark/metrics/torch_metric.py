"""Every metric of the benchmark as a torchmetrics class: the same functions, hence the same numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torchmetrics import Metric

from benchmark.features.extractors.catalog import is_thinned
from benchmark.features.types.case import CaseFeatures
from benchmark.features.types.extractor import Precision
from benchmark.metrics.card import MetricCard
from benchmark.metrics.case_from_frames import ANONYMOUS, NO_VIDEO, case_from_frames, latents_of, shared_models
from benchmark.metrics.catalog import card_of, score_case, score_set
from benchmark.metrics.given import check_case, check_names, check_settings
from benchmark.metrics.records import case_of, case_record, framed, records, row_of, row_record
from benchmark.metrics.thinning import every_nth
from benchmark.results.schema import CaseRow, Failure, summarise

if TYPE_CHECKING:
    from feed_dataset.core.media.types import Audio

ROWS_LEFT_OUT = "a row of its features is missing or not finite"
_Case = TypeVar("_Case", CaseRow, CaseFeatures)


@dataclass(frozen=True)
class Summary:
    """What stands beside a value in results.

    Args:
        value: None where there is nothing to score.
        ci_low, ci_high: 95 % interval over drivers and sources; None with fewer than two of them.
        cases: how many cases were given.
        cases_scored: how many of them have a value of their own; for a metric of the whole set those that were given.
        failures: (reason, how often) over all cases; frames or windows for metrics of single cases.
        extra: more numbers of a metric of the whole set, such as its sample counts.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    cases: int
    cases_scored: int
    failures: tuple[tuple[str, int], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class BenchmarkMetric(Metric):
    """One metric of the benchmark over any number of cases, with the value that `python -m benchmark` prints.

    `update` takes one case, as features or as frames. `compute` gives the mean over the cases that have a value, or the
    value of the whole set; NaN where there is none, never 0. States of several processes merge exactly.

    >>> import numpy as np
    >>> metric = BenchmarkMetric("psnr")
    >>> reference = np.zeros((4, 64, 64, 3), np.uint8)
    >>> metric.update(output=reference + 5, reference=reference)
    >>> round(float(metric.compute()), 2)
    34.15
    >>> metric.summary.cases_scored, metric.failures
    (1, ())

    Several metrics share one extraction:

    >>> from benchmark.metrics.case_from_frames import case_from_frames
    >>> from torchmetrics import MetricCollection
    >>> both = MetricCollection({name: BenchmarkMetric(name) for name in ("psnr", "l1")})
    >>> both.update(case_from_frames(["psnr", "l1"], output=reference + 5, reference=reference))
    >>> round(float(both.compute()["l1"]), 2)
    5.0

    Args:
        metric_id: as in results, such as "expression_transfer[mesh468]".
        stride: slow features are taken of every `stride`-th frame only, as protocols do (`embed_every`).
        network_device: where networks run: "cpu" or "cuda" or "cuda:N".
        precision: of networks; float32 on the CPU is the reference.
        keywords: of `torchmetrics.Metric`, such as `sync_on_compute`.

    Attributes:
        card: name, formula, direction and pitfalls.
        summary: interval, counts, reasons and extra numbers of the last value computed; None before.

    Raises:
        BenchmarkError: there is no such metric.
        TypeError, ValueError: a setting that cannot be: a stride below 1, a device or precision that is none.
    """

    is_differentiable = False
    full_state_update = False
    cases: list[torch.Tensor]

    def __init__(
        self,
        metric_id: str,
        *,
        stride: int = 1,
        network_device: str = "cpu",
        precision: Precision = "float32",
        **keywords: Any,
    ) -> None:
        super().__init__(**keywords)
        check_settings(stride, network_device, precision)
        self.card: MetricCard = card_of(metric_id)
        self.summary: Summary | None = None
        self._stride, self._network_device, self._precision = stride, network_device, precision
        self.add_state("cases", [], dist_reduce_fx="cat")
        self._begin()

    @property
    def higher_is_better(self) -> bool | None:  # type: ignore[override]
        """As the card says; None where neither direction is."""
        return self.card.higher_is_better

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """(reason, how often) of the last value computed."""
        return () if self.summary is None else self.summary.failures

    def update(
        self,
        case: CaseFeatures | None = None,
        *,
        output: np.ndarray | torch.Tensor | None = None,
        driver: np.ndarray | torch.Tensor | None = None,
        source: np.ndarray | torch.Tensor | None = None,
        reference: np.ndarray | torch.Tensor | None = None,
        audio: Path | str | Audio | None = None,
        latents: np.ndarray | torch.Tensor | None = None,
        fps: float | Fraction = 25,
        case_id: str | None = None,
        cluster: str = "all",
        source_cluster: str | None = None,
    ) -> None:
        """Take one case: `case`, or frames as `benchmark.metrics.case_from_frames` takes them.

        Args:
            case: features that were extracted already; everything else is left out then.
            output: frames that were generated, array uint8 [T, H, W, 3] or tensor [T, 3, H, W] (uint8, or float in
                [0, 1]); a frame with numbers that are not finite is a counted failure.
            driver: frames of the driver; the reference where it is left out (self-reenactment).
            source: the image that was animated; for metrics of identity.
            reference: frames that should have come out; for metrics that compare with one.
            audio: a file or an `Audio` that starts with the first frame; for lip sync.
            latents: expression descriptors z, [T, d]; for AUC_z, which needs nothing else.
            fps: frames per second.
            case_id: a case that two processes both have counts once if it has an id.
            cluster: the driver's person, for intervals: cases of one are not independent.
            source_cluster: the source's person, or the photograph: likewise; None where it is not known.

        Raises:
            TypeError, ValueError: something that the metric needs is missing or does not fit.
        """
        given = {"output": output, "driver": driver, "source": source, "reference": reference}
        given |= {"audio": audio, "latents": latents}  # type: ignore[dict-item]
        check_names(case_id=case_id, cluster=cluster, source_cluster=source_cluster)
        if case is None:
            name = ANONYMOUS if case_id is None else case_id
            case = self._extract(given, fps=fps, case_id=name, clusters=(cluster, source_cluster))
        elif not isinstance(case, CaseFeatures):
            raise TypeError(f"expected CaseFeatures, or frames by name, but got {type(case).__name__}")
        elif any(value is not None for value in given.values()):
            raise TypeError("expected CaseFeatures or frames but got both")
        check_case(self.card, case)
        self._check_dimensions(case)
        if is_thinned(self.card.features):
            case = every_nth(case, self._stride)
        record = case_record(case, self.card) if self.card.level == "set" else row_record(_row(self.card, case))
        self.cases.append(torch.from_numpy(framed(record).copy()).to(self.device))

    def compute(self) -> torch.Tensor:
        """The value over all cases, float64 []; NaN where there is none: `summary` says why.

        Raises:
            ValueError: there are no cases, or two of one id that differ.
        """
        parts = self.cases if isinstance(self.cases, list) else [self.cases]
        found = records(torch.cat(parts).cpu().numpy())
        if self.card.level == "set":
            self.summary = _of_set(self.card, _unique(found, case_of))
        else:
            self.summary = _of_cases(_unique(found, row_of))
        if not self.summary.cases:
            raise ValueError(f"expected at least one case of {self.card.id} but got none; call update first")
        value = math.nan if self.summary.value is None else self.summary.value
        return torch.tensor(value, dtype=torch.float64, device=self.device)

    def reset(self) -> None:
        """Forget all cases."""
        super().reset()
        self.summary = None
        self._begin()

    def _begin(self) -> None:
        # A process without cases still sends something of the right type to the others.
        self.cases = [torch.empty(0, dtype=torch.uint8, device=self.device)]
        self._dimensions: int | None = None  # of latents

    def _check_dimensions(self, case: CaseFeatures) -> None:
        """Latents of one space have as many dimensions in every case."""
        if "latents" not in self.card.needs or case.latents is None:
            return
        count = case.latents.shape[1]
        if self._dimensions not in (None, count):
            raise ValueError(f"expected latents of {self._dimensions} dimensions, as before, but got {count}")
        self._dimensions = count

    def _extract(
        self, given: dict[str, Any], *, fps: float | Fraction, case_id: str, clusters: tuple[str, str | None]
    ) -> CaseFeatures:
        needed = [*sorted(self.card.needs), *(["source"] if self.card.uses_source else [])]
        needed += ["output"] if self.card.features else []
        for name in needed:
            if given[name] is None:
                raise ValueError(f"expected {name}=... for {self.card.id} but got none")
        if given["output"] is None:
            latents = latents_of(given["latents"], None)
            return CaseFeatures(
                case_id, clusters[0], NO_VIDEO, NO_VIDEO, NO_VIDEO, latents=latents, source_cluster=clusters[1]
            )
        if "latents" not in self.card.needs:
            given = {**given, "latents": None}
        return case_from_frames(
            self.card.features,
            **given,
            fps=fps,
            case_id=case_id,
            cluster=clusters[0],
            source_cluster=clusters[1],
            stride=self._stride,
            models=shared_models(self._network_device, self._precision),
        )


def _row(card: MetricCard, case: CaseFeatures) -> CaseRow:
    score = score_case(card.id, case)
    failures = [Failure(reason=reason, count=count) for reason, count in score.failures if count]
    if score.value is None and not failures:  # too short to expect any frame: the reason counts all the same
        failures = [Failure(reason=reason, count=1) for reason, _ in score.failures]
    return CaseRow(
        method="output",
        case_id=case.case_id,
        cluster=case.cluster,
        source_cluster=case.source_cluster,
        metric=card.id,
        value=score.value,
        frames_expected=score.frames_expected,
        frames_scored=score.frames_scored,
        failures=failures,
    )


def _unique(found: Iterable[bytes], decode: Callable[[bytes], _Case]) -> list[_Case]:
    """Each case once: samplers repeat some so that all processes have equally many."""
    kept: list[_Case] = []
    by_id: dict[str, bytes] = {}
    for record in found:
        one = decode(record)
        if one.case_id == ANONYMOUS or one.case_id not in by_id:
            kept.append(one)
        elif by_id[one.case_id] != record:
            raise ValueError(f"expected one case {one.case_id!r} but got two that differ; call reset between epochs")
        by_id[one.case_id] = record
    return kept


def _of_cases(rows: Sequence[CaseRow]) -> Summary:
    value, low, high = summarise(rows)
    failures: Counter[str] = Counter()
    for row in rows:
        failures.update({failure.reason: failure.count for failure in row.failures})
    scored = sum(row.value is not None for row in rows)
    return Summary(value, low, high, len(rows), scored, tuple(sorted(failures.items())))


def _of_set(card: MetricCard, cases: Sequence[CaseFeatures]) -> Summary:
    score = score_set(card.id, cases)
    failures = [(score.reason, len(cases))] if score.reason is not None else []
    stated = score.extra.get("n_failed", 0.0)
    lost = int(stated) if isinstance(stated, float) else 0
    failures += [(ROWS_LEFT_OUT, lost)] if lost else []
    n_scored = len(cases) if score.value is not None else 0
    extra = {**score.extra, "n": score.n}
    return Summary(score.value, score.ci_low, score.ci_high, len(cases), n_scored, tuple(failures), extra)
