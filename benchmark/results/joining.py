"""Parts of results files put together: methods are left out, called otherwise, or stand in one file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from benchmark.results.errors import ResultsError
from benchmark.results.preferences import StudyRecord
from benchmark.results.schema import REFERENCE_ROW, MethodRecord, Results

_LONGEST_COMMAND = 2000  # as the schema has it


def of_methods(results: Results, names: Collection[str]) -> Results:
    """Only these methods; cases that failed for every method stay."""
    return results.model_copy(
        update={
            "methods": [one for one in results.methods if one.name in names],
            "rows": [one for one in results.rows if one.method in names],
            "aggregates": [one for one in results.aggregates if one.method in names],
            "failures": [one for one in results.failures if one.method is None or one.method in names],
            "studies": [one for one in results.studies or [] if any(row.method in names for row in one.rows)] or None,
        }
    )


def of_metrics(results: Results, metrics: Collection[str]) -> Results:
    """Only these metrics, and the methods that have any of them."""
    aggregates = [one for one in results.aggregates if one.metric in metrics]
    kept = results.model_copy(
        update={"rows": [one for one in results.rows if one.metric in metrics], "aggregates": aggregates}
    )
    return of_methods(kept, {one.method for one in aggregates})


def renamed(results: Results, names: Mapping[str, str]) -> Results:
    """Methods under other names; those that are not in `names` keep theirs."""
    return results.model_copy(
        update={
            "methods": [one.model_copy(update={"name": names.get(one.name, one.name)}) for one in results.methods],
            **{
                part: [
                    one.model_copy(update={"method": names.get(one.method, one.method)})
                    for one in getattr(results, part)
                ]
                for part in ("rows", "aggregates", "failures")
            },
            "studies": None if results.studies is None else [_study_renamed(one, names) for one in results.studies],
        }
    )


def joined(parts: Sequence[Results]) -> Results:
    """Methods of several files on the same cases in one; what is said once for a whole file is the last one's.

    Raises:
        ResultsError: a method is in two of the files, or they have different preference studies of a kind.
    """
    last = parts[-1]
    methods = [method for part in parts for method in part.methods]
    names = [method.name for method in methods]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ResultsError(f"expected each method in one file but got {', '.join(twice)} in several")
    protocols = [part.protocol for part in parts]
    commands = [part.command for part in parts]
    return last.model_copy(
        update={
            "protocol": last.protocol.model_copy(
                update={
                    "size_px": max(one.size_px for one in protocols),
                    "frames_per_case": max(one.frames_per_case for one in protocols),
                }
            ),
            "extractors": _merged(part.extractors or {} for part in parts) or None,
            "methods": _reference_last(methods),
            "rows": [row for part in parts for row in part.rows],
            "aggregates": [one for part in parts for one in part.aggregates],
            "failures": list(dict.fromkeys(one for part in parts for one in part.failures)),
            "networks": _merged(part.networks for part in parts),
            "studies": _studies(parts),
            "doctor": next((part.doctor for part in reversed(parts) if part.doctor is not None), None),
            "notes": _notes(parts),
            "command": "; ".join(_without_repeats(commands))[:_LONGEST_COMMAND],
        }
    )


def _study_renamed(study: StudyRecord, names: Mapping[str, str]) -> StudyRecord:
    rows = [one.model_copy(update={"method": names.get(one.method, one.method)}) for one in study.rows]
    tiers = study.tiers and [[names.get(one, one) for one in tier] for tier in study.tiers]
    return study.model_copy(update={"rows": rows, "tiers": tiers})


def _merged(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """By name; the last one counts."""
    return dict(sorted({name: value for part in parts for name, value in part.items()}.items()))


def _reference_last(methods: Sequence[MethodRecord]) -> list[MethodRecord]:
    return sorted(methods, key=lambda method: method.name == REFERENCE_ROW)


def _studies(parts: Sequence[Results]) -> list[StudyRecord] | None:
    """Of all parts; two different ones of a kind cannot stand in one file."""
    found: dict[str, StudyRecord] = {}
    for study in (one for part in parts for one in part.studies or []):
        if found.setdefault(study.kind, study) != study:
            raise ResultsError(f"expected one {study.kind} study but got several; leave them out, and join one again")
    return list(found.values()) or None


def _notes(parts: Sequence[Results]) -> list[str] | None:
    if all(part.notes is None for part in parts):
        return None
    return list(dict.fromkeys(note for part in parts for note in part.notes or []))


def _without_repeats(commands: Sequence[str]) -> list[str]:
    """Each command that no later one contains."""
    return [one for place, one in enumerate(commands) if not any(one in later for later in commands[place + 1 :])]
