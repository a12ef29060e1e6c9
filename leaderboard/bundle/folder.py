"""A submission as files for a results repository: on a Git host, or a Hugging Face dataset repository.

The bundle stays whole, so that whoever reviews the pull request validates what will be stored; results, rows and
manifest lie beside it as plain files, so that people and `datasets` read them without unpacking anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results.schema import RESULTS_FILE
from leaderboard.bundle.archive import MANIFEST, MAX_BYTES, Archive, is_name
from leaderboard.bundle.pack import SUFFIX
from leaderboard.bundle.problems import Problem, Refused
from leaderboard.bundle.rows import ROWS
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from leaderboard.bundle.check import Checked

PLAIN = (RESULTS_FILE, ROWS, MANIFEST)
"""Members that lie beside the bundle."""
SUBMISSIONS = "submissions"
CARD = "README.md"
_CARD = """\
---
configs:
- config_name: rows
  data_files:
  - split: test
    path: submissions/*/*/rows.parquet
---

# Results of FEED benchmark runs

One folder for each submission: `submissions/PROTOCOL/BUNDLE/`, with the bundle, its results, its rows as parquet and
its manifest. `python -m leaderboard validate .` checks every bundle here, and that the files beside it are its own.
"""


@dataclass(frozen=True)
class FolderForm:
    """What a submission adds to a results repository.

    Args:
        place: folder of the submission, relative to the repository.
        files: content by path relative to the repository, without the bundle itself.
        bundle: where the bundle goes, likewise.
    """

    place: str
    files: dict[str, bytes]
    bundle: str


def folder_form(bundle: Path, checked: Checked) -> FolderForm:
    """The files of an accepted bundle. Raises SubmissionError for one that is rejected."""
    if checked.submission is None:
        raise SubmissionError(f"expected a bundle that is accepted but it is rejected: {checked.problems[0]}")
    protocol = checked.submission.results.protocol
    place = f"{SUBMISSIONS}/{protocol.name}-v{protocol.version}/{checked.bundle_sha256[:16]}"
    if not is_name(place):
        raise SubmissionError(f"expected a protocol whose name and version can be a folder's but got {place!r}")
    with Archive(bundle) as archive:
        files = {f"{place}/{name}": archive.read(name, MAX_BYTES) for name in PLAIN}
    return FolderForm(place, files, f"{place}/{checked.bundle_sha256}{SUFFIX}")


def write_folder(form: FolderForm, bundle: Path, target: Path) -> None:
    """Add a submission to a results repository; what is there already is left alone.

    Raises:
        SubmissionError: the submission is there already.
    """
    import shutil

    from feed_dataset.core.jobs.atomic import replacing

    if (target / form.bundle).exists():
        raise SubmissionError(f"the same bundle is already in {target / form.place}")
    if not (target / CARD).exists():
        with replacing(target / CARD) as temporary:
            temporary.write_text(_CARD, encoding="utf-8")
    for name, content in form.files.items():
        with replacing(target / name) as temporary:
            temporary.write_bytes(content)
    with replacing(target / form.bundle) as temporary:
        shutil.copyfile(bundle, temporary)


def bundles_in(folder: Path) -> list[Path]:
    """Every bundle of a results repository, in the order of their paths."""
    return sorted((folder / SUBMISSIONS).glob(f"*/*/*{SUFFIX}"))


def beside_problems(bundle: Path) -> list[Problem]:
    """Plain files beside a bundle that are not its own."""
    found = []
    try:
        with Archive(bundle) as archive:
            for name in PLAIN:
                path = bundle.parent / name
                if not path.is_file() or path.is_symlink() or path.stat().st_size != archive.members[name].size:
                    found.append(Problem(str(path), "expected the bundle's own file beside it"))
                elif path.read_bytes() != archive.read(name, MAX_BYTES):
                    found.append(Problem(str(path), "expected the bundle's own file beside it but got another one"))
    except (Refused, KeyError):
        return []  # the check of the bundle itself says it
    return found
