"""The Hugging Face `datasets` builder of FEED. `datasets` names its cache files after this module.

One builder per module, because `datasets` takes the only one that it finds.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import datasets

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.rows import FIELDS, indexed, row_of
from feed_dataset.core.jobs.errors import FeedError, LayoutError, VideoDecodeError
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.layout.configs import CONFIGS, DEFAULT, ConfigError, config_named
from feed_dataset.layout.splits import SPLITS

CODE_VERSION = "2"  # part of the cache key: raise it when rows change
_VERSION = "2.0.0"
_CITATION = """\
@inproceedings{drobyshev2024emoportraits,
  title = {EMOPortraits: Emotion-enhanced Multimodal One-shot Head Avatars},
  author = {Drobyshev, Nikita and Casademunt, Antoni Bigata and Vougioukas, Konstantinos and
            Landgraf, Zoe and Petridis, Stavros and Pantic, Maja},
  booktitle = {CVPR},
  year = {2024}
}"""


class LeftOutWarning(UserWarning):
    """A clip is there but gives no row; the message says which and why."""


@dataclass
class FeedConfig(datasets.BuilderConfig):
    """Which clips of a named selection to list; None takes all. A string is a collection of one name."""

    subjects: str | Collection[str] | None = None
    stems: str | Collection[str] | None = None
    views: str | Collection[str] | None = None  # cameras: "C", "L", "R"
    decode: bool = False  # add a column `video` that decodes by itself, with torchcodec
    on_error: Literal["skip", "raise"] = "skip"  # a damaged video: leave it out with a warning, or stop


class Feed(datasets.GeneratorBasedBuilder):
    """Rows of FEED clips, split by subject."""

    BUILDER_CONFIG_CLASS = FeedConfig
    BUILDER_CONFIGS = [FeedConfig(name, _VERSION, description=config.summary) for name, config in CONFIGS.items()]
    DEFAULT_CONFIG_NAME = DEFAULT

    def __init__(self, *args: Any, config_name: str | None = None, **kwargs: Any) -> None:
        if config_name is not None:
            config_named(config_name)  # names the nearest, which datasets does not
        super().__init__(*args, config_name=config_name, **kwargs)

    def _info(self) -> datasets.DatasetInfo:
        features = {name: datasets.Value(dtype) for name, dtype in FIELDS.items()}
        if self.config.decode:
            if not torchcodec_decodes():
                raise FeedError(
                    "expected a torchcodec that decodes because of decode=True but it does not load here (it needs "
                    "FFmpeg's shared libraries); leave decode out and read row['path'] with feed_dataset.read_video"
                )
            features["video"] = datasets.Video()
        return datasets.DatasetInfo(
            description="FEED: three-view videos of extreme, asymmetric and tongue expressions.",
            features=datasets.Features(features),
            homepage="https://github.com/neeek2303/FEED",
            license="CC BY-NC-SA 4.0 (FEED); feed-mini is rendered from CC0 assets",
            citation=_CITATION,
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        if self.config.on_error not in ("skip", "raise"):
            raise ConfigError(f"expected on_error 'skip' or 'raise' but got {self.config.on_error!r}")
        catalog = open_catalog(self.config.data_dir)
        chosen = catalog.select(
            subjects=_names(self.config.subjects), stems=_names(self.config.stems), cameras=_names(self.config.views)
        )
        config = config_named(self.config.name)
        wanted = [clip for clip in chosen if config.takes(clip.task, clip.split)]
        if not wanted:
            raise LayoutError(
                f"expected clips of config {config.name!r} below {catalog.root} but the selection is empty"
            )
        known = indexed(catalog)
        faulty = {path: reason for path, reason in catalog.problems}
        sources = []
        for clip in wanted:
            reason = faulty.get(clip.path) or known.faults.get(clip.id)
            if reason is None:
                sources.append((clip, known.rows.get(clip.id)))
            else:
                self._left_out(clip, reason)
        if not sources:
            raise LayoutError(f"expected readable clips below {catalog.root} but none of {len(wanted)} can be opened")
        generators = []
        for split in SPLITS:
            of_split = [source for source in sources if source[0].split == split]
            if of_split:  # a list in gen_kwargs is what datasets shards by
                generators.append(datasets.SplitGenerator(split, gen_kwargs={"sources": of_split}))
        return generators

    def _generate_examples(
        self, sources: list[tuple[Clip, dict[str, object] | None]]
    ) -> Iterator[tuple[str, dict[str, object]]]:
        for clip, known in sources:
            try:
                row = known if known is not None else row_of(clip)
            except VideoDecodeError as error:
                self._left_out(clip, str(error))
                continue
            if self.config.decode:
                row = row | {"video": {"path": row["path"], "bytes": None}}
            yield clip.id, row

    def _left_out(self, clip: Clip, reason: str) -> None:
        if self.config.on_error == "raise":
            raise LayoutError(f"expected a usable clip {clip.id} but {reason}; leave it out with on_error='skip'")
        warnings.warn(f"no row for {clip.id}: {reason}", LeftOutWarning, stacklevel=2)


def _names(value: str | Collection[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
