"""Preparing many sources at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from feed_dataset.core.faces.networks import DETECTOR_WEIGHTS, MESH_WEIGHTS, FaceNetworks
from feed_dataset.core.jobs.executor import Failed
from feed_dataset.core.jobs.files import refuse_linked_folders
from feed_dataset.core.jobs.process_executor import open_executor
from feed_dataset.prepare.clip import failed, prepare_one
from feed_dataset.prepare.job import Job
from feed_dataset.prepare.prepared import PreparedClip, PreparedSet
from feed_dataset.prepare.settings import PrepareSettings
from feed_dataset.prepare.sources import Source, SourceError, find_sources

OnClip = Callable[[PreparedClip, bool], None]


def prepare(
    paths: Iterable[Path | str],
    out: Path | str,
    settings: PrepareSettings | None = None,
    *,
    workers: int = 0,  # processes; 0: all in this one, which a file may end
    corpus: str | None = None,
    sources: Iterable[Source] | None = None,  # found before by find_sources; else `paths` are searched
    on_clip: OnClip | None = None,  # told each clip when it is done, and whether it was made now
) -> PreparedSet:
    """Face crops of all videos and images in `paths`, below `out`, with an index.

    What was made before with the same source, settings, networks and code is kept, so that a stopped run goes on.
    Sources without a face, unreadable ones and those of people who withdrew are in the result with their reason.
    A file that ends its worker process twice counts as unreadable.

    Raises:
        SourceError: nothing to do, two sources for one place, or crops that would lie among their sources.
        PrepareError: crops cannot be written.
        LayoutError: a folder below `out` is a link that leads elsewhere.
        WeightsUnavailable: the face networks, with the command that gets them.
    """
    from feed_dataset.core.weights import resolve, sha256_of

    chosen, folder = settings or PrepareSettings(), Path(out)
    found = list(sources) if sources is not None else None
    if found is None:
        found = find_sources([Path(path) for path in paths], leave_out=folder, corpus=corpus)
    inside = next((source for source in found if source.path.resolve().is_relative_to(folder.resolve())), None)
    if inside is not None:
        raise SourceError(f"expected an output folder apart from the sources but {inside.path} is in {folder}")
    for name in (DETECTOR_WEIGHTS, MESH_WEIGHTS):
        resolve(name)  # fetched here once, not by every worker
    hashes = tuple((name, sha256_of(name)) for name in (DETECTOR_WEIGHTS, MESH_WEIGHTS))
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [Job(source, folder, chosen, hashes) for source in found]
    refuse_linked_folders(folder, (job.data for job in jobs))
    clips: list[PreparedClip] = []
    made = 0
    for clip, is_new in _results(jobs, workers):
        clips.append(clip)
        made += is_new and clip.status == "ok"
        if on_clip is not None:
            on_clip(clip, is_new)
    result = PreparedSet(folder, chosen, dict(hashes), tuple(sorted(clips, key=lambda clip: clip.id)), made)
    result.save()
    return result


@dataclass(frozen=True)
class _Preparing:
    job: Job

    def run(self, networks: FaceNetworks) -> tuple[PreparedClip, bool]:
        return prepare_one(self.job, networks)


def _results(jobs: list[Job], workers: int) -> Iterator[tuple[PreparedClip, bool]]:
    with open_executor(workers, _networks) as executor:
        for index, found in executor.each([_Preparing(job) for job in jobs]):
            yield (failed(jobs[index], found.reason), True) if isinstance(found, Failed) else found


@lru_cache(maxsize=1)
def _networks() -> FaceNetworks:
    return FaceNetworks.load()
