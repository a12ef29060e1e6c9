"""Everything that can be checked of a bundle without its frames, and how far its numbers follow from it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.bundle.clips import CLIPS, MAX_CLIP_BYTES
from leaderboard.bundle.problems import MOST, Problem, Refused
from leaderboard.verdicts import Level, Verdict

if TYPE_CHECKING:
    import numpy as np

    from benchmark.results.schema import Results
    from leaderboard.bundle.archive import Archive
    from leaderboard.bundle.manifest import Manifest
    from leaderboard.bundle.rebuilding import Features
    from leaderboard.rules.known import KnownProtocol
    from leaderboard.validate import Submission

MAX_RESULTS_BYTES = 64 << 20
MAX_FEATURE_BYTES = 256 << 20


@dataclass(frozen=True)
class Checked:
    """What is known of a bundle.

    Args:
        problems: everything that is wrong; empty for a bundle that is accepted.
        submission: its results with every number that could be computed again; None where it is rejected.
        bundle_sha256: of the whole file; "" where it is no bundle.
        clips: members with previews.
        levels: by metric what its numbers follow from.
        left_out: by feature why the bundle has it not.
        spot_checked: metrics of large sets of whose intervals a part was computed again.
    """

    problems: tuple[Problem, ...]
    verdict: Verdict
    submission: Submission | None = None
    bundle_sha256: str = ""
    clips: tuple[str, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    spot_checked: tuple[str, ...] = ()


def check_bundle(
    path: Path,
    *,
    known: Mapping[str, KnownProtocol] | None = None,
    protocol_file: Path | None = None,
    seed: int | None = None,
    is_thorough: bool = False,
) -> Checked:
    """Check a bundle from outside in: the archive, its manifest, the results, the features, and that all agree.

    Never raises for what is in the file. Later checks rely on earlier ones, so a stage with problems is the last.

    Args:
        path: a file that anybody may have written.
        known: protocols by name; the shipped ones when None.
        protocol_file: a protocol of one's own, beside those.
        seed: draws what is computed again of the intervals of large sets; drawn anew when None, so that nobody can
            make a bundle of which the right part is looked at.
        is_thorough: all of it is computed again, which takes minutes for thousands of pictures.

    Raises:
        SubmissionError: `protocol_file` is no protocol.
    """
    from leaderboard.bundle.archive import Archive
    from leaderboard.validate import protocols_with

    protocols = protocols_with(known, protocol_file)
    try:
        with Archive(path) as archive:
            return _check(path, archive, protocols, secrets.randbits(63) if seed is None else seed, is_thorough)
    except Refused as refused:
        return Checked((refused.problem,), "rejected")
    except (MemoryError, RecursionError) as error:
        return Checked((Problem("archive", f"asks for more than there is: {type(error).__name__}"),), "rejected")


def features_of(path: Path, known: Mapping[str, KnownProtocol] | None = None) -> Features:
    """The features of a bundle of one's own, whatever its numbers are.

    Args:
        known: protocols by name; the shipped ones when None.

    Raises:
        SubmissionError: it is no bundle, or has no features.
    """
    from leaderboard.bundle.archive import Archive
    from leaderboard.errors import SubmissionError
    from leaderboard.validate import protocols_with

    try:
        with Archive(path) as archive:
            results = _results(archive)
            found = _features(archive, results, protocols_with(known, None)[results.protocol.name])
    except Refused as refused:
        raise SubmissionError(f"{path}: {refused.problem}") from refused
    if found is None or isinstance(found, list):
        raise SubmissionError(f"{path}: expected features but got {found[0] if found else 'none'}")
    return found


def _check(
    path: Path, archive: Archive, protocols: Mapping[str, KnownProtocol], seed: int, is_thorough: bool
) -> Checked:
    import numpy as np

    from leaderboard.bundle import manifest as manifests
    from leaderboard.bundle.archive import MANIFEST
    from leaderboard.bundle.real_videos import real_problems
    from leaderboard.bundle.recomputing import recompute, with_rows, with_sets
    from leaderboard.bundle.rows import ROWS, check_rows
    from leaderboard.rules.bounds import known_of
    from leaderboard.rules.values import derived
    from leaderboard.validate import Submission

    sha256, digests = archive.digests()
    manifest = manifests.parse_manifest(archive.read(MANIFEST, manifests.MAX_BYTES))
    clips = tuple(name for name in archive.members if name.startswith(CLIPS))

    def rejected(problems: list[Problem]) -> Checked:
        return Checked(tuple(problems[:MOST]), "rejected", None, sha256, clips, {}, manifest.left_out)

    if problems := [*_name_problems(path, sha256), *_member_problems(archive, manifest, digests)]:
        return rejected(problems)
    results = _results(archive)
    check_rows(archive.read(ROWS, MAX_RESULTS_BYTES), results)
    if problems := _results_problems(results, protocols):
        return rejected(problems)
    features = _features(archive, results, protocols[results.protocol.name])
    if isinstance(features, list):
        return rejected(features)
    with np.errstate(all="ignore"):  # of features that no network gives: what comes of them is compared, not warned of
        found = recompute(results, features, seed, is_thorough=is_thorough)
        real = [] if features is None else real_problems(results, features, known_of(results))
        problems = [*_clip_problems(archive, clips, results), *found.problems, *real]
    if problems:
        return rejected(problems)
    followed = with_rows(results, found)
    aggregates = with_sets(derived(followed), found)
    submission = Submission(followed.model_copy(update={"aggregates": list(aggregates)}), aggregates)
    everything = all(level == "recomputed" for level in found.levels.values())
    verdict: Verdict = "recomputed" if everything and found.levels else "self-reported"
    spots = tuple(sorted(found.spot_checked))
    return Checked((), verdict, submission, sha256, clips, found.levels, manifest.left_out, spots)


def _name_problems(path: Path, sha256: str) -> Iterator[Problem]:
    """A bundle that is named by a hash is named by its own."""
    from leaderboard.bundle.pack import SUFFIX

    stem = path.name.removesuffix(SUFFIX)
    if path.name.endswith(SUFFIX) and stem != sha256:
        yield Problem("archive", f"expected the content {stem[:12]}..., as its name says, but got {sha256[:12]}...")


def _member_problems(archive: Archive, manifest: Manifest, digests: Mapping[str, str]) -> Iterator[Problem]:
    from leaderboard.bundle.archive import MANIFEST

    for name, member in archive.members.items():
        listed = manifest.members.get(name)
        if name == MANIFEST:
            continue
        if listed is None:
            yield Problem(name, "expected only members that the manifest lists")
        elif (listed.size, listed.sha256) != (member.size, digests[name]):
            yield Problem(
                name, f"expected content {listed.sha256[:12]}..., by the manifest, but got {digests[name][:12]}..."
            )
        if problem := _strange(name):
            yield Problem(name, problem)
    for name in manifest.members.keys() - archive.members.keys():
        yield Problem(name, "expected this member, by the manifest, but it is missing")


def _strange(name: str) -> str | None:
    from leaderboard.bundle.archive import MANIFEST
    from leaderboard.bundle.rows import ROWS

    fixed = name in (MANIFEST, "results.json", ROWS, "features/index.json")
    array = name.startswith("features/") and name.endswith(".safetensors") and name.count("/") == 1
    clip = name.startswith(CLIPS) and name.endswith(".mp4") and name.count("/") == 2
    return None if fixed or array or clip else "expected a member that bundles have"


def _results(archive: Archive) -> Results:
    from benchmark.results.errors import ResultsError
    from benchmark.results.loading import parse_object
    from benchmark.results.schema import RESULTS_FILE, Results

    content = archive.read(RESULTS_FILE, MAX_RESULTS_BYTES)
    try:
        return Results.of_content(parse_object(content, RESULTS_FILE), RESULTS_FILE)
    except ResultsError as error:
        raise Refused(RESULTS_FILE, str(error)) from error


def _results_problems(results: Results, protocols: Mapping[str, KnownProtocol]) -> list[Problem]:
    from itertools import islice

    import numpy as np

    from benchmark.results.schema import RESULTS_FILE
    from leaderboard.validate import find_problems

    with np.errstate(over="ignore", invalid="ignore"):  # absurd numbers are found, not warned of
        return [Problem(RESULTS_FILE, one) for one in islice(find_problems(results, protocols), MOST)]


def _features(archive: Archive, results: Results, known: KnownProtocol) -> Features | list[Problem] | None:
    """The features, what is wrong with them, or None where the bundle has none."""
    from leaderboard.bundle import index as indices
    from leaderboard.bundle.matching import index_problems
    from leaderboard.bundle.rebuilding import Features

    given = {name for name in archive.members if name.startswith("features/")}
    if not given:
        return None
    index = indices.parse_index(archive.read(indices.INDEX, indices.MAX_BYTES))
    due = {indices.INDEX, *map(indices.member_of, index.arrays)}
    problems = [Problem(name, "expected the features that the index lists, and only them") for name in given ^ due]
    problems += index_problems(index, results, known)
    if problems:
        return problems
    return Features(index, {name: _array(archive, name) for name in index.arrays})


def _array(archive: Archive, name: str) -> np.ndarray:
    from leaderboard.bundle.arrays import parse_array
    from leaderboard.bundle.index import TIMES, member_of

    place = member_of(name)
    return parse_array(archive.read(place, MAX_FEATURE_BYTES), place, "F64" if name == TIMES else "F32")


def _clip_problems(archive: Archive, clips: tuple[str, ...], results: Results) -> Iterator[Problem]:
    """Previews are MP4 files of cases and methods of the results; nobody looks into them here."""
    from leaderboard.bundle.clips import folders_of

    folders, cases = folders_of(results), set(results.protocol.case_ids)
    for name in clips:
        _, folder, file = name.split("/")
        if folder not in folders or file.removesuffix(".mp4") not in cases:
            yield Problem(name, "expected a preview of a method and case of the results")
        elif archive.members[name].size > MAX_CLIP_BYTES:
            yield Problem(name, f"expected a preview of at most {MAX_CLIP_BYTES} bytes but got more")
        elif archive.read(name, MAX_CLIP_BYTES)[4:8] != b"ftyp":
            yield Problem(name, "expected an MP4 file but got another one")
