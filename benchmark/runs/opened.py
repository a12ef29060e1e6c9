"""Results files under the names by which tables tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.errors import ResultsError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import RESULTS_FILE, Results

_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Run:
    """One results file.

    Args:
        label: what tables call it: as much of its path as tells it apart.
        path: of the file.
    """

    label: str
    path: Path
    results: Results

    @property
    def folder(self) -> Path:
        """Of the run, with thumbnails and predictions where the file still lies there."""
        return self.path.parent


def results_path(place: Path) -> Path:
    """The results file that a run's folder or the file itself stands for."""
    return place / RESULTS_FILE if place.is_dir() else place


def open_run(place: Path) -> Run:
    """One run. Raises ResultsError."""
    return open_runs([place])[0]


def open_runs(places: Sequence[Path]) -> list[Run]:
    """Runs by their folders or results files, in the order given.

    Raises:
        ResultsError: a file cannot be read or has no methods, or one is given twice.
    """
    paths = [results_path(place) for place in places]
    resolved = [path.resolve() for path in paths]
    for place, path in zip(places, resolved, strict=True):
        if resolved.count(path) > 1:
            raise ResultsError(f"expected different runs but got {place} twice")
    found = [Results.load(path) for path in paths]
    for path, results in zip(paths, found, strict=True):
        if not results.methods:
            raise ResultsError(f"expected results of a method but {path} has none")
    return [Run(*one) for one in zip(_labels(resolved), paths, found, strict=True)]


def unchanged(runs: Sequence[Run]) -> list[Run]:
    """The runs, if each one's aggregates are those of its rows, as they are when the file was written.

    Raises:
        ResultsError: names the file and the first disagreement.
    """
    for run in runs:
        faults = rederive(run.results)
        if faults:
            more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
            raise ResultsError(
                f"expected results as a run wrote them but {run.path} was changed afterwards: {faults[0]}{more}; the"
                " run's own command writes them anew"
            )
    return list(runs)


def _labels(paths: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that are all different; the file's own name only where it says something."""
    names = [path.parent if path.name == RESULTS_FILE else path.with_suffix("") for path in paths]
    count = 1
    while len({name.parts[-count:] for name in names}) < len(names) and count < max(len(n.parts) for n in names):
        count += 1
    labels = ["/".join(name.parts[-count:]) or str(name) for name in names]
    short = [label if len(label) <= _LONGEST_LABEL else f"...{label[3 - _LONGEST_LABEL :]}" for label in labels]
    return short if len(set(short)) == len(short) else [f"run {place}" for place in range(1, len(paths) + 1)]
