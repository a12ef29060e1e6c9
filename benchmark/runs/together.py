"""Which results may stand in one table, and why others may not.

Numbers of two files are comparable where protocol, cases and data are the same. Inside of such a group each metric also
asks for the same networks, features and precision; what was made otherwise gets a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.results.joining import joined, of_methods, of_metrics, renamed
from benchmark.results.schema import REFERENCE_ROW, Results, close
from benchmark.runs.made_with import difference, made_with, short
from benchmark.runs.opened import Run

_SHOWN = 3


@dataclass(frozen=True)
class Together:
    """One table.

    Args:
        results: methods of all its runs; of one name they are told apart by their run's label.
        runs: labels of the runs that are in it.
        origins: by method as it is called here, the run's label and the method's name there.
        apart: why they do not stand in the first table; "" for that one.
        notes: what a reader must know of the comparison.
    """

    results: Results
    runs: tuple[str, ...]
    origins: Mapping[str, tuple[str, str]]
    apart: str = ""
    notes: tuple[str, ...] = ()


def put_together(runs: Sequence[Run]) -> list[Together]:
    """One table for all runs that may be compared, further ones for the others; the first run is in the first."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault(tuple(_design(run.results).values()), []).append(run)
    tables = []
    for group in groups.values():
        why = why_apart(runs[0], group[0])
        apart = f"{_listed(group)}: {why}" if why else ""
        made = list(_tables(group))
        tables += [replace(made[0], apart=apart), *made[1:]]
    return tables


def _design(results: Results) -> dict[str, object]:
    """What has to be equal, in the order in which people would ask; values as they are shown."""
    protocol = results.protocol
    return {
        "protocol": f"{protocol.name} v{protocol.version}",
        "data": results.data.digest,
        "number of cases": len(protocol.case_ids),
        "list of cases and settings": protocol.case_list_sha256,
        "cases": tuple(protocol.case_ids),
        "seed": protocol.seed,
        "intervals": "drivers and sources" if results.clusters_sources else "drivers alone (schema before 1.2)",
    }


def why_apart(first: Run, run: Run) -> str:
    """What of protocol, cases and data is another in a second run, in words; "" where they may be compared."""
    ours, theirs = _design(first.results), _design(run.results)
    name = next((one for one in ours if ours[one] != theirs[one]), "")
    if not name:
        return ""
    if name == "cases":
        return "other cases than in the first table"
    return f"{name} {short(str(theirs[name]))}, not {short(str(ours[name]))}"


def _tables(group: Sequence[Run]) -> Iterator[Together]:
    """The table of a group, then one for each further way in which a metric was made."""
    ways = {metric: _ways(group, metric) for metric in _metrics(group)}
    for place in range(max(map(len, ways.values()), default=1)):
        parts, notes = [], []
        for run in group:
            metrics = {m for m, found in ways.items() if place < len(found) and run.label in found[place]}
            part = of_metrics(run.results, metrics)
            if part.methods:
                parts.append(replace(run, results=part))
        if not parts:
            continue
        if place == 0:
            notes = [*_left_out(group, ways), *_other_conditions(group)]
        results, origins, remarks = _as_one(parts)
        apart = "" if place == 0 else _apart(group, ways, place)
        yield Together(results, tuple(run.label for run in parts), origins, apart, tuple([*remarks, *notes]))


def _metrics(group: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(one.metric for run in group for one in run.results.aggregates))


def _ways(group: Sequence[Run], metric: str) -> list[list[str]]:
    """Labels of the runs by how they made a metric: the way of the most runs first, then of the first of them."""
    ways: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for run in group:
        own = [one for one in run.results.aggregates if one.metric == metric]
        if any(one.not_computed is None for one in own):
            ways.setdefault(tuple(made_with(run.results, metric).items()), []).append(run.label)
    found = sorted(ways.values(), key=len, reverse=True) or [[]]
    lacking = [run.label for run in group if not any(run.label in way for way in found)]
    return [found[0] + lacking, *found[1:]]  # "not computed" stands in the first table


def _left_out(group: Sequence[Run], ways: Mapping[str, list[list[str]]]) -> Iterator[str]:
    """Which metrics of which runs stand further below, by reason."""
    by_label = {run.label: run for run in group}
    reasons: dict[tuple[str, str], list[str]] = {}
    for metric, found in ways.items():
        main = by_label[found[0][0]]
        for label in (label for way in found[1:] for label in way):
            why = difference(made_with(main.results, metric), made_with(by_label[label].results, metric))
            reasons.setdefault((label, why), []).append(metric)
    for (label, why), metrics in reasons.items():
        yield f"{', '.join(metrics)} of {label} may not be compared with the others and stands below: {why}"


def _apart(group: Sequence[Run], ways: Mapping[str, list[list[str]]], place: int) -> str:
    by_label = {run.label: run for run in group}
    for metric, found in ways.items():
        if place < len(found):
            main, other = by_label[found[0][0]], by_label[found[place][0]]
            why = difference(made_with(main.results, metric), made_with(other.results, metric))
            return f"{', '.join(found[place])}: {why}"
    return ""


def _other_conditions(group: Sequence[Run]) -> Iterator[str]:
    """Libraries and readers that differ: they seldom change a number, and `diff` says whether they did."""
    libraries: dict[str, dict[str, str]] = {}
    for run in group:
        found = run.results.environment
        for name, version in {"python": found.python, "video reader": found.reader, **found.packages}.items():
            libraries.setdefault(name, {})[run.label] = version
    changed = [name for name, versions in libraries.items() if len(set(versions.values())) > 1]
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        several = ", ".join(
            f"{name} ({' and '.join(dict.fromkeys(libraries[name].values()))})" for name in changed[:_SHOWN]
        )
        yield f"the runs used different versions of {several}{more}; what that changed: feed benchmark diff A B"


def _as_one(parts: Sequence[Run]) -> tuple[Results, dict[str, tuple[str, str]], list[str]]:
    """Methods of all runs, where each is from, and remarks."""
    kept = []
    origins = {}
    remarks = []
    for name, versions in _versions(parts).items():
        if name == REFERENCE_ROW:
            _, first, one = versions[0]
            others = [label for _, label, _ in versions[1:]]
            remarks += [f"the references' own row is that of {first}; {label} has other numbers" for label in others]
            versions = [(name, first, one)]
        for shown, label, one in versions:
            origins[shown] = label, name
            kept.append(renamed(one, {name: shown}))
    return joined(kept), origins, remarks


def columns_of(runs: Sequence[Run]) -> dict[str, tuple[str, str]]:
    """Methods of all runs as they are told apart: by what they are called, the run's label and the method's name."""
    return {
        shown: (label, name)
        for name, versions in _versions(runs).items()
        for shown, label, _ in versions
        if name != REFERENCE_ROW
    }


def _versions(runs: Sequence[Run]) -> dict[str, list[tuple[str, str, Results]]]:
    """By method how each version of it is called, its run's label and what the run says of it.

    What two runs found alike of one method is one version; of several, each is called by its run's label, too.
    """
    found: dict[str, list[tuple[str, Results]]] = {}
    for run in runs:
        for method in run.results.methods:
            one = of_methods(run.results, {method.name})
            others = found.setdefault(method.name, [])
            if not any(same_numbers(one, other) for _, other in others):
                others.append((run.label, one))
    return {
        name: [(name if len(versions) == 1 else f"{name} ({label})", label, one) for label, one in versions]
        for name, versions in found.items()
    }


def same_numbers(a: Results, b: Results) -> bool:
    """Whether two files of one method say the same of it: weights, and every value to the tolerance of the schema."""
    if [one.weights_sha256 for one in a.methods] != [one.weights_sha256 for one in b.methods]:
        return False
    ours, theirs = _values(a), _values(b)
    return ours.keys() == theirs.keys() and all(close(value, theirs[key]) for key, value in ours.items())


def _values(results: Results) -> dict[tuple[str, str], float | None]:
    """By metric and case; the case of an aggregate is ""."""
    found = {(one.metric, ""): one.value for one in results.aggregates}
    return found | {(row.metric, row.case_id): row.value for row in results.rows}


def _listed(group: Sequence[Run]) -> str:
    return ", ".join(run.label for run in group)
