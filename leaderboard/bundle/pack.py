"""From the folder of a run to a bundle: results, rows, features, and clips where they are asked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.features.extractors.catalog import split_ids
from benchmark.features.scored import FeatureReader, scored_cases
from benchmark.features.store import FeatureStore
from benchmark.features.types.extractor import LANDMARKS, Compute
from benchmark.metrics import CARDS
from benchmark.protocols.settings import THINNING
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import RESULTS_FILE, Results
from feed_dataset.core.jobs.atomic import workroom
from leaderboard.bundle.archive import MANIFEST, Content, sha256_of, write_archive
from leaderboard.bundle.collecting import Collected, Collector
from leaderboard.bundle.index import INDEX
from leaderboard.bundle.manifest import ListedMember, Manifest
from leaderboard.bundle.rows import ROWS, write_rows
from leaderboard.errors import SubmissionError

SUFFIX = ".bundle.zip"
_FEATURES = "features"  # of a run's folder


@dataclass(frozen=True)
class Packed:
    """A bundle that was written.

    Args:
        path: its name is the sha256 of its content.
        left_out: by feature why it is not in it.
    """

    path: Path
    sha256: str
    size: int
    left_out: Mapping[str, str]


def pack(
    run: Path,
    out: Path,
    *,
    clips: Callable[[Path, Results, Path], Mapping[str, Content]] | None = None,
) -> Packed:
    """Write a run as OUT/SHA256.bundle.zip; the same run gives the same bytes.

    Args:
        run: the folder of a run.
        clips: makes previews in a folder of its own; None leaves them out.

    Raises:
        SubmissionError: the folder is no run, its results cannot be read, or features of it are gone.
    """
    if not (run / RESULTS_FILE).is_file():
        raise SubmissionError(f"expected the folder of a run but {run} has no {RESULTS_FILE}")
    try:
        results = Results.load(run / RESULTS_FILE)
        out.mkdir(parents=True, exist_ok=True)
        with workroom(out / "bundle") as folder:
            members: dict[str, Content] = {RESULTS_FILE: [results.to_json().encode()]}
            write_rows(folder / ROWS, results)
            members[ROWS] = [folder / ROWS]
            (folder / _FEATURES).mkdir()
            collected = _collect(run, results, folder / _FEATURES)
            if collected is not None:
                members |= {INDEX: [collected.index.to_bytes()], **collected.members}
            if clips is not None:
                (folder / "clips").mkdir()
                members |= clips(run, results, folder / "clips")
            left_out = {} if collected is None else dict(collected.left_out)
            listed = {name: ListedMember(size=size, sha256=sha) for name, size, sha in _measured(members)}
            members[MANIFEST] = [Manifest(members=listed, left_out=left_out).to_bytes()]
            written = folder / "written.zip"
            write_archive(written, members)
            size = written.stat().st_size
            with written.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            path = out / f"{sha256}{SUFFIX}"
            os.replace(written, path)
    except (BenchmarkError, ValueError) as error:
        raise SubmissionError(f"cannot pack {run}: {error}") from error
    return Packed(path, sha256, size, left_out)


def _measured(members: Mapping[str, Content]) -> list[tuple[str, int, str]]:
    return [(name, *sha256_of(content)) for name, content in members.items()]


def _collect(run: Path, results: Results, folder: Path) -> Collected | None:
    """Features of every output; None where the run has no list of what they were scored from.

    Raises:
        BenchmarkError: a feature is gone; the method has to be run again.
    """
    scored = scored_cases(run)
    if not scored or results.extractors is None or results.compute is None:
        return None
    missing = [method.name for method in results.methods if method.name not in scored]
    if missing:
        raise BenchmarkError(f"nothing says what outputs of {missing[0]} were scored from; run it again")
    video, pair, audio = split_ids([LANDMARKS, *results.extractors])
    store = FeatureStore(run / _FEATURES, results.networks)
    compute = Compute(results.compute.device, results.compute.precision)
    stride = int((results.protocol.settings or {}).get(THINNING, "1"))
    reader = FeatureReader(store, compute, video, pair, audio, stride)
    read = {one for a in results.aggregates if a.not_computed is None for one in CARDS[a.metric].features}
    collector = Collector(folder, sorted(read), stride)
    for method in results.methods:
        collector.take(method.name, scored[method.name], reader)
    return collector.finish()
