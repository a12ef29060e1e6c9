"""What lies in a run's folder: frames, features, results; and what may go when space is short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.kept_scores import SCORES
from benchmark.engine.plan import features_folder, predictions_folder
from benchmark.engine.sharing import claims_of, processes
from benchmark.results.errors import BenchmarkError, ResultsError
from benchmark.results.schema import RESULTS_FILE, Results
from feed_dataset.core.jobs.atomic import WORKROOMS
from feed_dataset.core.jobs.own_files import LockTimeout, locked
from feed_dataset.core.jobs.words import counted

_GATE = ".features.lock"
_GATE_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Contents:
    """What a folder holds.

    Args:
        methods: cases with finished frames, by method.
        features: files of the feature store, kept scores included.
    """

    methods: Mapping[str, int]
    features: int
    features_bytes: int
    has_results: bool


@dataclass(frozen=True)
class Feature:
    """One file of the feature store: a feature, a score of a whole set, or what a killed process left unfinished.

    Args:
        used_s: when it was last written or read, as far as the file system says it; seconds since 1970.
    """

    path: Path
    size_bytes: int
    used_s: float


def contents_of(out: Path) -> Contents:
    """Count; files that go meanwhile are left out."""
    predictions = predictions_folder(out)
    folders = sorted(one for one in predictions.iterdir() if one.is_dir()) if predictions.is_dir() else []
    found = list(features_of(out))
    return Contents(
        {folder.name: sum(1 for _ in folder.glob("*.json")) for folder in folders},
        len(found),
        sum(one.size_bytes for one in found),
        (out / RESULTS_FILE).is_file(),
    )


def has_begun(out: Path) -> bool:
    """Whether a run began in a folder, however early it ended: the first that one does is to wait for its turn."""
    return (out / _GATE).is_file()


def is_run(out: Path) -> bool:
    """Whether a run has left anything in a folder."""
    left = (features_folder(out), predictions_folder(out), out / RESULTS_FILE)
    return any(path.exists() for path in left)


def results_line(out: Path) -> str:
    """What the results say, in one line."""
    if not (out / RESULTS_FILE).is_file():
        return "results: none yet"
    try:
        results = Results.load(out / RESULTS_FILE)
    except ResultsError as error:
        return f"results: {error}"
    protocol, names = results.protocol, ", ".join(method.name for method in results.methods)
    cases = f"{counted(len(protocol.case_ids), 'case')} of {protocol.name} v{protocol.version}"
    return f"results: {names} on {cases}, {results.created_at}"


def features_of(out: Path) -> Iterator[Feature]:
    """The files of a run's feature store."""
    folder = features_folder(out)
    patterns = ("*/*.safetensors", f"{SCORES}/*.json", f"*/{WORKROOMS}/*")
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        with suppress(OSError):
            found = path.lstat()
            yield Feature(path, found.st_size, max(found.st_mtime, found.st_atime))


@contextmanager
def gate(out: Path) -> Iterator[None]:
    """One at a time: a run that begins, or a feature store that is made smaller.

    Raises:
        BenchmarkError: it is held for too long.
    """
    out.mkdir(parents=True, exist_ok=True)
    try:
        with locked(out / _GATE, timeout_s=_GATE_TIMEOUT_S):
            yield
    except LockTimeout as error:
        raise BenchmarkError(f"expected a moment alone in {out} but {error}") from error


def to_remove(
    found: list[Feature], *, now_s: float, older_than_s: float | None, most_bytes: int | None
) -> list[Feature]:
    """Which files go: those of an age, then the longest unused ones until the rest is small enough."""
    ordered = sorted(found, key=lambda one: (one.used_s, str(one.path)))
    gone = [] if older_than_s is None else [one for one in ordered if now_s - one.used_s > older_than_s]
    left = [one for one in ordered if one not in set(gone)]
    total = sum(one.size_bytes for one in left)
    for one in left:
        if most_bytes is None or total <= most_bytes:
            break
        gone.append(one)
        total -= one.size_bytes
    return gone


def remove_features(out: Path, chosen: list[Feature]) -> None:
    """Remove files of the feature store, each at once; what a running process uses is not touched.

    Raises:
        BenchmarkError: a process works in the folder.
    """
    with gate(out):
        check_unused(out)
        for one in chosen:
            one.path.unlink(missing_ok=True)
            if one.path.parent.match(WORKROOMS):
                with suppress(OSError):  # something else is in it
                    one.path.parent.rmdir()


def check_unused(out: Path) -> None:
    """Raise BenchmarkError where a process works in the folder."""
    claims = claims_of(out)
    for claim in processes(out):
        if not claims.is_abandoned(claim):
            who = "somebody" if claim.owner is None else f"pid {claim.owner.pid} on {claim.owner.host}"
            raise BenchmarkError(f"expected a folder where nobody works but {who} does in {out}; wait for it to end")
