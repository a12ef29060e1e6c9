"""What an output folder holds already: results of other methods are kept, and nothing is replaced without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.engine.case_files import CaseFiles, load_index
from benchmark.engine.plan import Plan
from benchmark.features.scored import ScoredCase, save_scored, scored_cases
from benchmark.features.store import preprocessing_of
from benchmark.results.errors import BenchmarkError, ResultsError
from benchmark.results.joining import joined, of_methods
from benchmark.results.rederiving import rederive
from benchmark.results.schema import RESULTS_FILE, Results, write_text_atomic
from feed_dataset.core.jobs.files import read_text, refuse_linked_folders
from feed_dataset.core.jobs.own_files import LockTimeout, locked
from feed_dataset.core.jobs.writable import writable_folder

ORIGINS_FILE = "origins.json"  # where each method's frames came from on this machine; never published
_LOCK_FILE = ".results.lock"
_LOCK_TIMEOUT_S = 60.0
_SHOWN = 4


@dataclass(frozen=True)
class Earlier:
    """The results of an output folder before a run writes its own.

    Args:
        results: None where there are none, or where they are to be replaced.
        origins: by method, where its frames came from.
    """

    results: Results | None
    origins: Mapping[str, str]


def find_earlier(plan: Plan) -> Earlier:
    """Look before any work is done.

    Raises:
        PlaceError: OUT cannot be written to.
        LayoutError: a folder in OUT is a link that leads elsewhere.
        BenchmarkError: the run would replace what it does not contain: other cases, another protocol or other data,
            metrics that it does not compute, or another method of the same name. Says what to do.
    """
    writable_folder(plan.out, "--out")
    written = [plan.predictions / method.name for method in plan.methods]
    written += [plan.thumbnails, plan.clips, plan.out / "inputs"]
    refuse_linked_folders(plan.out, [folder / "frames" for folder in written])
    path = plan.out / RESULTS_FILE
    if not path.exists() and not path.is_symlink():
        return Earlier(None, {})
    try:
        results = Results.load(path)
        origins = _load_origins(plan.out)
        clash = clash_of(plan, results, origins)
    except ResultsError as error:
        clash = f"results that this version cannot read ({error})"
    if clash is None:
        return Earlier(results, origins)
    if plan.replaces:
        return Earlier(None, {})
    raise BenchmarkError(
        f"expected to add to the results in {plan.out} but it has {clash}; name another folder with --out, or replace"
        " them with --overwrite always"
    )


def clash_of(plan: Plan, found: Results, origins: Mapping[str, str]) -> str | None:
    """What of an earlier file a run would lose or mix up, in words; None where it can be added to."""
    protocol, cases = found.protocol, [case.id for case in plan.cases]
    if (protocol.name, protocol.version) != (plan.protocol.name, plan.protocol.version):
        return f"those of {protocol.name} v{protocol.version}, not of {plan.protocol.name} v{plan.protocol.version}"
    ours_and_theirs = (
        (plan.protocol.size_px, protocol.size_px),
        (plan.protocol.frames_per_case, protocol.frames_per_case),
        (plan.protocol.seed, protocol.seed),
    )
    if any(ours not in (None, theirs) for ours, theirs in ours_and_theirs):
        return f"{protocol.name} of another size, length or seed (a protocol that was edited needs another version)"
    names = {method.name for method in plan.methods}
    for method in plan.methods:
        if method.name in origins and method.origin and origins[method.name] != method.origin:
            return f"another {method.name!r}: {origins[method.name]}, not {method.origin}"
    left_cases = [one for one in protocol.case_ids if one not in set(cases)]
    if left_cases:
        return f"{len(protocol.case_ids)} cases, of which this run has not {_some(left_cases)}"
    other_methods = [one.name for one in found.methods if one.name not in names]
    if other_methods and protocol.case_ids != cases:
        return (
            f"{_some(other_methods)} on {len(protocol.case_ids)} of these {len(cases)} cases (name them, too, for all)"
        )
    ours = {metric.id for metric in plan.metrics}
    left_metrics = sorted({a.metric for a in found.aggregates if a.not_computed is None and a.metric not in ours})
    if left_metrics:
        return f"also the metrics {_some(left_metrics)}"
    if not other_methods:
        return None
    faults = rederive(of_methods(found, set(other_methods)))
    if faults:
        return f"{_some(other_methods)} in a file that was changed after a run wrote it ({faults[0]})"
    if plan.protocol.case_list_sha256 not in (None, protocol.case_list_sha256):
        return f"{_some(other_methods)} on other cases or with fewer metrics (name them, too, for all)"
    if plan.data.digest not in (None, found.data.digest):
        return f"{_some(other_methods)} on other data"
    present = plan.networks.present
    changed = [name for name, sha256 in found.networks.items() if present.get(name, sha256) != sha256]
    if changed:
        return f"{_some(other_methods)} scored with other weights of {_some(changed)}"
    features = preprocessing_of(plan.features.ids)
    other_features = [one for one, how in (found.extractors or {}).items() if features.get(one, how) != how]
    if other_features:
        return f"{_some(other_methods)} with features that this version makes in another way ({_some(other_features)})"
    device = plan.compute.device.partition(":")[0], plan.compute.precision
    if found.compute is not None and (found.compute.device, found.compute.precision) != device:
        return f"{_some(other_methods)} scored on {found.compute.device} in {found.compute.precision}"
    return None


def merged(earlier: Results | None, new: Results) -> Results:
    """The new results with the methods that only the earlier ones have, in one file.

    Raises:
        BenchmarkError: the cases are other ones after all; nothing is written.
    """
    if earlier is None:
        return new
    names = {method.name for method in new.methods}
    kept = [method for method in earlier.methods if method.name not in names]
    if not kept:
        return new
    old, protocol = earlier.protocol, new.protocol
    if (old.case_list_sha256, old.case_ids, earlier.data) != (protocol.case_list_sha256, protocol.case_ids, new.data):
        raise BenchmarkError(
            f"expected to add to the results of {_some([one.name for one in kept])} but the files of the cases changed;"
            " name another folder with --out, or replace them with --overwrite always"
        )
    others = of_methods(earlier, {method.name for method in kept})
    theirs = [one for one in others.failures if one.method is not None]  # of the data, the new ones count
    return joined([others.model_copy(update={"failures": theirs}), new])


def save_added(plan: Plan, new: Results, scored: Mapping[str, Sequence[ScoredCase]]) -> Results:
    """Write OUT/results.json with what was there, under a lock: runs that end together lose nothing of each other.

    Args:
        scored: by method what the new outputs were scored from.
    """
    with _alone(plan.out):
        found = find_earlier(plan)  # again: another run may have ended meanwhile
        whole = merged(found.results, new)
        origins = {**found.origins, **{one.name: one.origin for one in plan.methods if one.origin}}
        write_text_atomic(plan.out / ORIGINS_FILE, json.dumps(origins, indent=1, sort_keys=True) + "\n")
        names = {method.name for method in whole.methods}
        before = {} if found.results is None else _scored_before(plan.out)
        save_scored(plan.out, {name: some for name, some in {**before, **scored}.items() if name in names})
        whole.save(plan.out / RESULTS_FILE)
    return whole


def with_earlier_files(plan: Plan, cases: Sequence[CaseFiles]) -> list[CaseFiles]:
    """Which files belong to which case, those of methods that are kept included."""
    before = load_index(plan.out)
    return [
        replace(one, outputs={**before[one.case_id].outputs, **one.outputs}) if one.case_id in before else one
        for one in cases
    ]


def _load_origins(folder: Path) -> dict[str, str]:
    try:
        content = json.loads(read_text(folder / ORIGINS_FILE))
        return {str(name): str(origin) for name, origin in content.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # of an earlier version, or somebody else's folder


def _scored_before(folder: Path) -> dict[str, list[ScoredCase]]:
    try:
        return scored_cases(folder)
    except ResultsError:
        return {}  # damaged: whoever wants those features is told to run the method again


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with locked(folder / _LOCK_FILE, timeout_s=_LOCK_TIMEOUT_S):
            yield
    except LockTimeout as error:
        raise BenchmarkError(f"expected to write {folder / RESULTS_FILE} but {error}") from error


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
