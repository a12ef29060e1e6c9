"""Ceilings that are computed already: files with the rows of a protocol, and whether they fit a run's numbers.

A file is refused, with the reason, when the run's protocol, cases, data or precision are others, and each metric by
itself when its definition, its networks or their preprocessing are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from benchmark.ceilings.beside import Beside, beside_exact
from benchmark.engine.plan_pairs import PROTOCOL as PAIRS
from benchmark.metrics import CARDS
from benchmark.results.errors import ResultsError
from benchmark.results.loading import read_object
from benchmark.results.records import Name, Record, Sha256
from benchmark.results.reserved import CEILINGS
from benchmark.results.schema import Results, summarise, write_text_atomic
from feed_dataset.core.jobs.array_store import key_of

FILE_NAME = "ceilings.json"
COMMAND = "feed benchmark ceilings"


class CeilingsFile(Record):
    """The rows of ceilings on one protocol, and the settings of every metric in them."""

    format: Literal[1] = 1
    settings: dict[Name, Sha256]
    results: Results

    @classmethod
    def of(cls, results: Results) -> CeilingsFile:
        """What to keep of a run whose methods are ceilings."""
        found = {metric: settings_sha256(metric, results) for metric in _computed(results)}
        return cls(settings={metric: sha256 for metric, sha256 in found.items() if sha256 is not None}, results=results)

    @classmethod
    def load(cls, path: Path) -> CeilingsFile:
        """Read and check a file. Raises ResultsError."""
        try:
            content = read_object(path)
            results = content.get("results")
            if isinstance(results, dict):
                content["results"] = Results.of_content(results, path)
            found = cls.model_validate(content, strict=True)
        except (ResultsError, ValidationError) as error:
            first = str(error).splitlines()[0]
            raise ResultsError(
                f"expected ceilings but cannot use {path}: {first}; make them with: {COMMAND}"
            ) from error
        strangers = [method.name for method in found.results.methods if method.name not in CEILINGS]
        if strangers:
            raise ResultsError(f"expected ceilings among {', '.join(CEILINGS)} but {path} has {', '.join(strangers)}")
        return found

    def save(self, path: Path) -> None:
        """Write the file, small."""
        write_text_atomic(path, self.model_dump_json() + "\n")


@dataclass(frozen=True)
class CeilingValue:
    """One ceiling in one metric, over the cases of a run."""

    value: float | None
    low: float | None
    high: float | None
    cases_scored: int
    cases: int


@dataclass(frozen=True)
class Ceilings:
    """The ceilings beside a run's numbers.

    Args:
        values: by ceiling and metric.
        refused: why there are none at all; "" where there are.
        left_out: metrics of the run without ceilings, and why.
        beside: the run's methods beside the exact render, by method and metric.
    """

    values: Mapping[str, Mapping[str, CeilingValue]] = field(default_factory=dict)
    refused: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Mapping[str, Beside]] = field(default_factory=dict)


def shipped_path(protocol: str) -> Path:
    """Where the package has the ceilings of a protocol."""
    return Path(str(resources.files("benchmark.ceilings"))) / "data" / f"{protocol}.json"


def ceilings_of(results: Results, folder: Path | None = None) -> Ceilings:
    """The ceilings that fit a run: of its own folder, else the shipped ones.

    Raises:
        ResultsError: a file is damaged.
    """
    own = None if folder is None else folder / FILE_NAME
    shipped = shipped_path(results.protocol.name)
    path = own if own is not None and own.is_file() else shipped
    if not path.is_file():
        return Ceilings(refused=_absent(results.protocol.name))
    return fitted(CeilingsFile.load(path), results)


def fitted(file: CeilingsFile, results: Results) -> Ceilings:
    """The part of a file that a run's numbers can be compared with, over the cases of the run."""
    reason = _refusal(file.results, results)
    if reason is not None:
        return Ceilings(refused=f"those that are there are of {reason}; make them again with: {COMMAND}")
    wanted = _computed(results)
    left_out: dict[str, str] = {}
    for metric in wanted:
        if metric not in file.settings:
            left_out[metric] = "not among the ceilings"
        elif file.settings[metric] != settings_sha256(metric, results):
            left_out[metric] = "its ceilings are of another definition, network or preprocessing"
    usable = [metric for metric in wanted if metric not in left_out]
    names = [method.name for method in file.results.methods]
    values = {name: _values(file.results, name, usable, results) for name in names}
    return Ceilings(
        {name: found for name, found in values.items() if found},
        left_out=left_out,
        beside=beside_exact(results, file.results, usable),
    )


def _computed(results: Results) -> list[str]:
    return list(dict.fromkeys(a.metric for a in results.aggregates if a.not_computed is None))


def settings_sha256(metric: str, results: Results) -> str | None:
    """Of everything besides the frames that decides a metric's numbers; None where some of it is not known."""
    card = CARDS.get(metric)
    networks = None if card is None else {name: results.networks.get(name) for name in card.networks}
    if card is None or networks is None or None in networks.values() or results.extractors is None:
        return None
    read = {name: results.extractors.get(name) for name in card.features}
    stated = (card.id, card.definition, card.preprocessing, card.unit, card.level)
    return key_of(stated, sorted(networks.items()), sorted((name, text or "") for name, text in read.items()))


def _absent(protocol: str) -> str:
    if protocol == PAIRS:
        return "none, because videos that exist already are scored; protocols have them"
    same = "with the same --protocol, --data and --out as the run"
    return f"none are there for {protocol}; make them with: {COMMAND}, {same}"


def _refusal(ours: Results, theirs: Results) -> str | None:
    mine, other = ours.protocol, theirs.protocol
    if (mine.name, mine.version) != (other.name, other.version):
        return f"{mine.name} v{mine.version}, not v{other.version}"
    if mine.case_list_sha256 != other.case_list_sha256 or not set(other.case_ids) <= set(mine.case_ids):
        return "other cases"
    if ours.data.digest != theirs.data.digest:
        return "other data"
    if theirs.compute is None or ours.compute is None or ours.compute.precision != theirs.compute.precision:
        return "another precision"
    return None


def _values(ours: Results, name: str, metrics: list[str], theirs: Results) -> dict[str, CeilingValue]:
    cases = set(theirs.protocol.case_ids)
    found = {}
    for metric in metrics:
        aggregate = ours.aggregate(name, metric)
        if aggregate is None or aggregate.not_computed is not None:
            continue
        if aggregate.level == "case":
            rows = [row for row in ours.case_rows(name, metric) if row.case_id in cases]
            value, low, high = summarise(rows)
            scored = sum(row.value is not None for row in rows)
        elif cases == set(ours.protocol.case_ids):
            value, low, high, scored = aggregate.value, aggregate.ci_low, aggregate.ci_high, aggregate.cases_scored
        else:
            continue  # of the whole set only
        found[metric] = CeilingValue(value, low, high, scored, len(cases))
    return found
