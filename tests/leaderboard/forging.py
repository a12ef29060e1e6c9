"""Hands of a forger: edits of an honest results file, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmark.metrics.jackknife import interval_of
from benchmark.protocols import protocol
from benchmark.results.crossed import Replicates
from benchmark.results.schema import Results, summarise
from leaderboard.errors import SubmissionError
from leaderboard.validate import Submission, read_submission
from tests.leaderboard.honest import honest

Document = dict[str, Any]
Edit = Callable[[Document], object]
CSIM, TRANSFER = "csim[dlib]", "expression_transfer[mesh478]"
CALIBRATION, FID, FD = "csim_calibration[dlib]", "fid[pytorch-fid]", "fd[dlib]"
CROSS = protocol.load("feed-mini-cross")
DUE = -(-CROSS.frames_per_case // CROSS.embed_every)  # frames of csim


@cache
def text(name: str = "feed-mini-cross", **options: Any) -> str:
    return honest(protocol=name, **options).to_json()


def submitted(path: Path, edit: Edit = lambda d: None, document: str | None = None, **options: Any) -> Submission:
    content = json.loads(document or text())
    edit(content)
    target = path / "results.json"
    target.write_text(json.dumps(content), encoding="utf-8")
    return read_submission(target, **options)


def refused(path: Path, edit: Edit, document: str | None = None, **options: Any) -> str:
    with pytest.raises(SubmissionError) as caught:
        submitted(path, edit, document, **options)
    message = str(caught.value)
    assert message.isprintable()
    return message


def aggregate(d: Document, metric: str, method: str = "mine") -> Document:
    found: Document = next(a for a in d["aggregates"] if (a["method"], a["metric"]) == (method, metric))
    return found


def rows(d: Document, metric: str = CSIM, method: str = "mine") -> list[Document]:
    return [r for r in d["rows"] if (r["method"], r["metric"]) == (method, metric)]


def put(part: Document, **values: Any) -> None:
    part.update(values)


def moved(part: Document, key: str, by: float) -> None:
    part[key] += by


def drop(d: Document, key: str, matches: Callable[[Document], bool]) -> None:
    d[key] = [one for one in d[key] if not matches(one)]


def rederived(d: Document, metric: str, method: str = "mine") -> None:
    """The forger makes the aggregate fit the rows again."""
    results = Results.model_validate(d)
    value, low, high = summarise(results.case_rows(method, metric))
    scored = sum(r["value"] is not None for r in rows(d, metric, method))
    a = aggregate(d, metric, method)
    put(a, value=value, ci_low=low, ci_high=high, cases_scored=scored, cases_failed=a["cases_expected"] - scored)


def without_metric(d: Document, metric: str) -> None:
    for key in ("rows", "aggregates"):
        drop(d, key, lambda one: one["metric"] == metric)


def not_computed(d: Document, metric: str, needs: str, methods: tuple[str, ...] = ("mine", "copy-source")) -> None:
    for method in methods:
        drop(d, "rows", lambda r, method=method: (r["method"], r["metric"]) == (method, metric))
        empty = {"value": None, "ci_low": None, "ci_high": None, "cases_scored": 0, "cases_failed": 0, "extra": {}}
        put(aggregate(d, metric, method), **empty, not_computed={"needs": needs, "command": None})


def as_set_metric(d: Document, metric: str) -> None:
    for method in ("mine", "copy-source"):
        drop(d, "rows", lambda r, method=method: (r["method"], r["metric"]) == (method, metric))
        put(aggregate(d, metric, method), level="set", value=0.99, extra={"n": 10})


def renamed_metric(d: Document, old: str, new: str) -> None:
    """One network's numbers under the name of another, whose own are thrown away."""
    without_metric(d, new)
    for key in ("rows", "aggregates"):
        for one in d[key]:
            if one["metric"] == old:
                one["metric"] = new


def with_network(d: Document, network: str, metric: str, copied: str) -> None:
    """The same, with the other network's true hash beside it."""
    from benchmark.features.store import preprocessing_of
    from feed_dataset.core.weights import registry

    d["networks"][network] = registry.get(network).sha256
    d["extractors"] |= preprocessing_of(["arcface"])
    for method in ("mine", "copy-source"):
        here = next(i for i, a in enumerate(d["aggregates"]) if (a["method"], a["metric"]) == (method, metric))
        d["aggregates"][here] = {**aggregate(d, copied, method), "metric": metric}
        after = max(i for i, r in enumerate(d["rows"]) if (r["method"], r["metric"]) == (method, copied)) + 1
        d["rows"][after:after] = [{**r, "metric": metric} for r in rows(d, copied, method)]
        other = aggregate(d, "csim_calibration[arcface]", method)
        put(other, **{**aggregate(d, CALIBRATION, method), "metric": "csim_calibration[arcface]"})


def scaled(d: Document, metric: str, factor: float, method: str = "mine") -> None:
    for row in rows(d, metric, method):
        row["value"] = None if row["value"] is None else row["value"] * factor
    rederived(d, metric, method)


def other_clusters(d: Document) -> None:
    for index, row in enumerate(d["rows"]):
        row["cluster"] = f"P{index}"
    for a in d["aggregates"]:
        if a["level"] == "case" and a["not_computed"] is None:
            rederived(d, a["metric"], a["method"])


def hidden_failure(d: Document) -> None:
    for row in rows(d):
        if row["value"] is None:
            put(row, value=0.9, frames_scored=row["frames_expected"], failures=[])
    rederived(d, CSIM)


def failed_elsewhere(d: Document) -> None:
    put(rows(d)[0], value=None, frames_scored=0, failures=[{"reason": "no", "count": DUE}])


def same_without_groups(d: Document) -> None:
    for name in Replicates.NAMES:
        part = aggregate(d, FID)["extra"][name]
        part[:] = [0.0] * len(part)


def fewer_groups(d: Document) -> None:
    """The same spread from two groups, with the interval and the error that follow from it."""
    a = aggregate(d, FID)
    for name in Replicates.NAMES:
        a["extra"][name] = a["extra"][name][:2]
    replicates = Replicates.of(a["extra"])
    assert replicates is not None
    interval = interval_of(replicates, a["value"], lowest=0.0)
    put(a, ci_low=interval.low, ci_high=interval.high)
    a["extra"]["standard_error"] = interval.standard_error


def with_its_interval(d: Document, metric: str, method: str = "mine") -> None:
    """Interval and error as the values without each group have them."""
    a = aggregate(d, metric, method)
    replicates = Replicates.of(a["extra"])
    assert replicates is not None
    interval = interval_of(replicates, a["value"], lowest=0.0)
    put(a, ci_low=interval.low, ci_high=interval.high)
    a["extra"]["standard_error"] = interval.standard_error


def halved_set(d: Document) -> None:
    """A better value beside the old values without each group."""
    aggregate(d, FID)["value"] /= 2
    with_its_interval(d, FID)


def left_out(d: Document, change: Callable[[float], float]) -> None:
    for name in Replicates.NAMES:
        part = aggregate(d, FID)["extra"][name]
        part[:] = [change(value) for value in part]
    with_its_interval(d, FID)


def valued(d: Document, metric: str, value: float, method: str = "mine", **more: Any) -> None:
    """The same value in every case that has one, and the aggregate that follows."""
    for row in rows(d, metric, method):
        if row["value"] is not None:
            put(row, value=value, **more)
    rederived(d, metric, method)


def calibrated(d: Document, methods: tuple[str, ...], **lines: float) -> None:
    for method in methods:
        a = aggregate(d, CALIBRATION, method)
        a["extra"] |= lines
        a["value"] = a["extra"]["same"] - a["extra"]["different"]


def withdrawn(d: Document, reason: str) -> None:
    a = aggregate(d, FD)
    kept = {name: one for name, one in a["extra"].items() if name not in ("standard_error", *Replicates.NAMES)}
    put(a, value=None, ci_low=None, ci_high=None, cases_scored=0, cases_failed=6, extra={**kept, "reason": reason})
