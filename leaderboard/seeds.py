"""What a leaderboard starts with: runs of the shipped methods on the protocols whose data ships, with their clips."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from leaderboard.validate import Submission, read_submission

RESULTS, CLIPS = ".json.gz", ".clips.zip"
"""Ends of the names of files in `data/seed`, after the protocol."""


@dataclass(frozen=True)
class Seed:
    """One shipped run.

    Args:
        submission: read and checked like anybody's.
        clips: previews by their name in a bundle; the files are gone when the next seed is asked for.
    """

    submission: Submission
    clips: Mapping[str, Path]


def seeds() -> Iterator[Seed]:
    """Every shipped run.

    Raises:
        SubmissionError: a results file does not fit its protocol, as after a change of one of both.
    """
    with as_file(files("leaderboard") / "data" / "seed") as shipped:
        for path in sorted(shipped.glob(f"*{RESULTS}")):
            name = path.name.removesuffix(RESULTS)
            with tempfile.TemporaryDirectory(prefix="feed-seed-") as made:
                results = Path(made) / f"{name}.json"
                results.write_bytes(gzip.decompress(path.read_bytes()))
                clips = _unpacked(path.with_name(f"{name}{CLIPS}"), Path(made))
                yield Seed(read_submission(results), clips)


def _unpacked(archive: Path, folder: Path) -> dict[str, Path]:
    if not archive.is_file():
        return {}
    with zipfile.ZipFile(archive) as opened:
        return {name: Path(opened.extract(name, folder)) for name in opened.namelist()}
