"""FEED behind the interface that all corpora share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.core.media.suffixes import VIDEO_SUFFIXES
from feed_dataset.corpora.base import Corpus, CorpusFile
from feed_dataset.layout import withdrawn
from feed_dataset.layout.names import (
    CAMERAS,
    FEED_STEMS,
    PATTERN,
    STEMS,
    SUBJECTS,
    ClipName,
    parse_clip_path,
)


class Feed(Corpus):
    name = "feed"
    title = "FEED: Facial Extreme Emotions Dataset (EMOPortraits, CVPR 2024)"
    licence = (
        "CC BY-NC-SA 4.0 (LICENSE.md, written for the data). The repository also holds an Apache-2.0 LICENSE, added "
        "2025-04-08, which contradicts it; keep to the stricter one"
    )
    how_to_get = (
        "Accept the terms in the FEED repository and download the folders ID_1 to ID_17 from the cloud drive that its "
        "README links. There are no checksums: `feed dataset index DIR` makes them."
    )
    page = "https://github.com/neeek2303/FEED"
    pattern = PATTERN
    suffixes = frozenset(VIDEO_SUFFIXES)

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_clip_path(relative, root_name)
        return found if isinstance(found, str) else corpus_file(found)

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All ten stems of each person of FEED who is there; of anybody else the other views of the takes there."""
        complete = dict(found)
        seen = set(CAMERAS) & {file.view for file in found.values()}
        takes = {(file.subject, file.fields["take"]) for file in found.values()}
        for subject in {subject for subject, _ in takes}:
            is_feed = subject in SUBJECTS
            stems = set(FEED_STEMS) if is_feed else {stem for name, stem in takes if name == subject}
            if (subject, "tongue") in takes and (subject, "tongue_em") not in takes:  # the older name
                stems = stems - {"tongue_em"} | {"tongue"}
            for stem in stems:
                for camera in CAMERAS if is_feed else seen:
                    file = corpus_file(ClipName(subject, STEMS[stem], camera))
                    complete.setdefault(file.id, file)
        return tuple(complete.values())

    def refused(self, file: CorpusFile) -> str | None:
        return withdrawn.reason_of(file.subject, withdrawn.shipped())


def corpus_file(name: ClipName) -> CorpusFile:
    """The same facts in the words that all corpora share."""
    fields = {"take": name.stem.name, "stem": name.stem.name, "mode": name.stem.mode}
    if name.folder:
        fields["folder"] = name.folder
    return CorpusFile(name.id, name.subject, "video", name.camera, name.stem.task, MappingProxyType(fields))
