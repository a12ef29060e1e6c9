"""Results of several runs of one protocol in one file: other methods, or other cases of one method.

Nothing is chosen: what two files say differently of the same thing is a conflict, and named. Aggregates of single cases
are derived again from all rows. A metric of a whole set cannot be: its parts do not have what it is computed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmark.results.errors import ResultsError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import (
    REFERENCE_ROW,
    Aggregate,
    CaseRow,
    DataRecord,
    InputsRecord,
    MethodRecord,
    NotComputed,
    ProtocolRecord,
    Results,
    close,
    summarise,
)
from benchmark.runs.made_with import difference, made_with, short
from benchmark.runs.opened import Run
from feed_dataset.core.jobs.array_store import key_of

WHOLE_SET = NotComputed(needs="the features of all cases, which results do not have; score all cases in one run")
_SHOWN = 4
_LONGEST = 2000  # of a note or command, as the schema has it
_OWN_FILES = "score"  # the protocol of finished videos, whose list and data are the files themselves


class MergeConflict(ResultsError):
    """Two files say different things of the same, or parts are missing."""


def merged(runs: Sequence[Run]) -> Results:
    """One file of several.

    Raises:
        MergeConflict: names the first thing that does not fit: another protocol, data, network, setting or precision; a
            method with other weights, code or numbers; a case with other inputs; a method without some of the cases.
    """
    for run in runs[1:]:
        _check_same_protocol(runs[0], run)
    ids = _case_ids(runs)
    names = list(dict.fromkeys(method.name for run in runs for method in run.results.methods))
    names.sort(key=lambda name: name == REFERENCE_ROW)
    parts = {name: [run for run in runs if any(one.name == name for one in run.results.methods)] for name in names}
    rows = _rows(runs)
    aggregates = [one for name in names for one in _aggregates(name, parts[name], rows, ids)]
    last = runs[-1].results
    whole = last.model_copy(
        update={
            "protocol": _protocol(runs, ids),
            "data": _data(runs),
            "methods": [_method(name, parts[name], ids) for name in names],
            "rows": [
                rows[one.method, one.metric, case]
                for one in aggregates
                for case in ids
                if (one.method, one.metric, case) in rows
            ],
            "aggregates": aggregates,
            "failures": list(dict.fromkeys(one for run in runs for one in run.results.failures)),
            "networks": _agreed(runs, "network", [run.results.networks for run in runs]),
            "extractors": _agreed(runs, "preprocessing of", [run.results.extractors or {} for run in runs]) or None,
            "inputs": _inputs(runs, ids),
            "doctor": next((run.results.doctor for run in reversed(runs) if run.results.doctor is not None), None),
            "notes": _notes(runs),
            "timings_s": _added(run.results.timings_s for run in runs),
            "command": "; ".join(dict.fromkeys(run.results.command for run in runs))[:_LONGEST],
        }
    )
    faults = rederive(whole)
    if faults:
        raise MergeConflict(f"expected rows that give the aggregates but {faults[0]}")
    return Results.model_validate(whole.model_dump(mode="json"))


def _check_same_protocol(first: Run, run: Run) -> None:
    a, b = first.results, run.results
    facts: dict[str, tuple[Any, Any]] = {
        "protocol": (f"{a.protocol.name} v{a.protocol.version}", f"{b.protocol.name} v{b.protocol.version}"),
        "seed": (a.protocol.seed, b.protocol.seed),
        "settings": (a.protocol.settings, b.protocol.settings),
        "schema": (a.schema_version, b.schema_version),
        "device and precision": (a.compute, b.compute),
    }
    if a.protocol.name != _OWN_FILES:
        facts |= {
            "data": (short(a.data.digest), short(b.data.digest)),
            "list of cases and settings": (short(a.protocol.case_list_sha256), short(b.protocol.case_list_sha256)),
        }
    for name, (ours, theirs) in facts.items():
        if ours != theirs:
            raise MergeConflict(
                f"expected runs of one {name} but {first.label} has {ours} and {run.label} has {theirs}"
            )


def _case_ids(runs: Sequence[Run]) -> list[str]:
    """Every case, in the order of the run with the most, then of the others."""
    by_size = sorted(runs, key=lambda run: len(run.results.protocol.case_ids), reverse=True)
    return list(dict.fromkeys(case for run in by_size for case in run.results.protocol.case_ids))


def _rows(runs: Sequence[Run]) -> dict[tuple[str, str, str], CaseRow]:
    found: dict[tuple[str, str, str], tuple[CaseRow, str]] = {}
    for run in runs:
        for row in run.results.rows:
            key = (row.method, row.metric, row.case_id)
            earlier, label = found.setdefault(key, (row, run.label))
            counts = (row.frames_expected, row.frames_scored, row.cluster, row.source_cluster)
            same = counts == (earlier.frames_expected, earlier.frames_scored, earlier.cluster, earlier.source_cluster)
            if not (same and close(earlier.value, row.value)):
                raise MergeConflict(
                    f"{row.metric} of {row.method} in {row.case_id}: {label} has {earlier.value} and {run.label} has"
                    f" {row.value}; `feed benchmark diff` names the cause"
                )
    return {key: row for key, (row, _) in found.items()}


def _aggregates(
    name: str, parts: Sequence[Run], rows: dict[tuple[str, str, str], CaseRow], ids: Sequence[str]
) -> Iterator[Aggregate]:
    for metric in dict.fromkeys(one.metric for run in parts for one in run.results.aggregates if one.method == name):
        found = [(run, one) for run in parts if (one := run.results.aggregate(name, metric)) is not None]
        computed = [(run, one) for run, one in found if one.not_computed is None]
        if not computed:
            yield found[0][1].model_copy(update={"cases_expected": len(ids)})
            continue
        for run, _ in computed[1:]:
            why = difference(made_with(computed[0][0].results, metric), made_with(run.results, metric))
            if why:
                raise MergeConflict(f"{metric} of {name}: {why} ({run.label}, not {computed[0][0].label})")
        yield (
            _of_set(name, metric, computed, ids)
            if computed[0][1].level == "set"
            else _of_cases(name, metric, computed[0][1], rows, ids)
        )


def _of_cases(
    name: str, metric: str, one: Aggregate, rows: dict[tuple[str, str, str], CaseRow], ids: Sequence[str]
) -> Aggregate:
    lacking = [case for case in ids if (name, metric, case) not in rows]
    if lacking:
        raise MergeConflict(f"expected {metric} of {name} in {len(ids)} cases but no run has it in {_some(lacking)}")
    own = [rows[name, metric, case] for case in ids]
    value, low, high = summarise(own)
    scored = sum(row.value is not None for row in own)
    counts = {"cases_expected": len(ids), "cases_scored": scored, "cases_failed": len(ids) - scored}
    return one.model_copy(update={"value": value, "ci_low": low, "ci_high": high, **counts})


def _of_set(name: str, metric: str, found: Sequence[tuple[Run, Aggregate]], ids: Sequence[str]) -> Aggregate:
    whole = [(run, one) for run, one in found if set(run.results.protocol.case_ids) == set(ids)]
    if not whole:
        empty: dict[str, Any] = dict.fromkeys(("value", "ci_low", "ci_high"))
        empty |= {"cases_scored": 0, "cases_failed": 0, "extra": {}}
        return found[0][1].model_copy(update={"cases_expected": len(ids), "not_computed": WHOLE_SET, **empty})
    first, kept = whole[0]
    for run, one in whole[1:]:
        if not close(kept.value, one.value):
            raise MergeConflict(
                f"{metric} of {name}: {first.label} has {kept.value} and {run.label} has {one.value};"
                " `feed benchmark diff` names the cause"
            )
    return kept


def _method(name: str, parts: Sequence[Run], ids: Sequence[str]) -> MethodRecord:
    found = [(run, next(one for one in run.results.methods if one.name == name)) for run in parts]
    first_run, first = found[0]
    identity = ("licence", "weights_sha256", "reads_with", "version", "code_sha256", "setting_sha256")
    for run, one in found[1:]:
        for field in identity:
            ours, theirs = getattr(first, field), getattr(one, field)
            if ours != theirs:
                what = field.removesuffix("_sha256").replace("_", " ")
                shown = [short(str(value)) for value in (ours, theirs)]
                raise MergeConflict(
                    f"expected one {name} but its {what} is {shown[0]} in {first_run.label} and {shown[1]} in"
                    f" {run.label}"
                )
    distinct = _distinct_parts(found)
    return first.model_copy(
        update={
            "seconds_generate": round(sum(one.seconds_generate for _, one in distinct), 3),
            "speed": first.speed if len(distinct) == 1 else None,  # medians of parts give no median of all
            "card": _card(found),
            "outputs": _by_case(f"frames of {name}", [(run, one.outputs) for run, one in found], ids),
        }
    )


def _distinct_parts(found: Sequence[tuple[Run, MethodRecord]]) -> list[tuple[Run, MethodRecord]]:
    """Runs that are no part of another one's cases: time is not counted twice."""
    kept: list[tuple[Run, MethodRecord]] = []
    for run, one in sorted(found, key=lambda pair: len(pair[0].results.protocol.case_ids), reverse=True):
        own = set(run.results.protocol.case_ids)
        if not any(own <= set(other.results.protocol.case_ids) for other, _ in kept):
            kept.append((run, one))
    return kept


def _card(found: Sequence[tuple[Run, MethodRecord]]) -> Any:
    """The card, with everyone whom the method was trained on in any part."""
    cards = [one.card for _, one in found if one.card is not None]
    if not cards:
        return None
    seen = [card.seen_people for card in cards]
    people = None if None in seen else sorted({name for names in seen for name in names or []})
    return cards[0].model_copy(update={"seen_people": people})


def _by_case(
    what: str, parts: Sequence[tuple[Run, Sequence[str | None] | None]], ids: Sequence[str]
) -> list[str | None] | None:
    """Content ids of all cases from those of the parts; None where a part does not say them."""
    found: dict[str, tuple[str | None, str]] = {}
    for run, contents in parts:
        if contents is None:
            return None
        for case, content in zip(run.results.protocol.case_ids, contents, strict=True):
            earlier, label = found.setdefault(case, (content, run.label))
            if earlier != content:
                raise MergeConflict(f"{case}: the {what} of {label} are not those of {run.label}")
    lacking = [case for case in ids if case not in found]
    if lacking:
        raise MergeConflict(f"expected the {what} in {len(ids)} cases but no run has {_some(lacking)}")
    return [found[case][0] for case in ids]


def _inputs(runs: Sequence[Run], ids: Sequence[str]) -> InputsRecord | None:
    inputs = [(run, run.results.inputs) for run in runs]
    drivers = _by_case("drivers", [(run, None if one is None else one.drivers) for run, one in inputs], ids)
    sources = _by_case("sources", [(run, None if one is None else one.sources) for run, one in inputs], ids)
    return None if drivers is None or sources is None else InputsRecord(drivers=drivers, sources=sources)


def _protocol(runs: Sequence[Run], ids: Sequence[str]) -> ProtocolRecord:
    protocols = [run.results.protocol for run in runs]
    limits = [one.limit for one in protocols]
    lists = sorted({one.case_list_sha256 for one in protocols})
    return protocols[0].model_copy(
        update={
            "case_ids": list(ids),
            "case_list_sha256": lists[0] if len(lists) == 1 else key_of("merged", lists),
            "size_px": max(one.size_px for one in protocols),
            "frames_per_case": max(one.frames_per_case for one in protocols),
            "limit": None if None in limits else max(one for one in limits if one is not None),
        }
    )


def _data(runs: Sequence[Run]) -> DataRecord:
    digests = sorted({run.results.data.digest for run in runs})
    digest = digests[0] if len(digests) == 1 else key_of("merged", digests)
    return runs[0].results.data.model_copy(update={"digest": digest})


def _agreed(runs: Sequence[Run], what: str, parts: Sequence[dict[str, str]]) -> dict[str, str]:
    """By name; parts that name the same thing agree on it."""
    found: dict[str, tuple[str, str]] = {}
    for run, part in zip(runs, parts, strict=True):
        for name, value in part.items():
            earlier, label = found.setdefault(name, (value, run.label))
            if earlier != value:
                raise MergeConflict(
                    f"expected one {what} {name} but {label} has {short(earlier)} and {run.label} has {short(value)}"
                )
    return {name: value for name, (value, _) in sorted(found.items())}


def _notes(runs: Sequence[Run]) -> list[str]:
    notes = [note for run in runs for note in run.results.notes or []]
    counts = ", ".join(f"{run.label} ({len(run.results.protocol.case_ids)} cases)" for run in runs)
    return list(dict.fromkeys([*notes, f"merged from the results of {counts}"[:_LONGEST]]))


def _added(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, seconds in part.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
