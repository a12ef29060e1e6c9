"""The Hugging Face `datasets` builder of FEED. `datasets` names its cache files after this module.

One builder per module, because `datasets` takes the only one that it finds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from datasets.load import configure_builder_class

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.rows import FIELDS, indexed, row_of
from feed_dataset.core.jobs.errors import FeedError, LayoutError, VideoDecodeError
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.sniff import check_container
from feed_dataset.hub.left_out import load_left_out, save_left_out, warn_left_out
from feed_dataset.hub.listing import ALL_CONFIGS, MEANINGLESS, NAME, FeedConfig, data_root, listing_of, refuse
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.layout.configs import DEFAULT, ConfigError, config_named
from feed_dataset.layout.splits import SPLITS

_CHECKED = 5  # frames that torchcodec must place rightly before it may decode the column `video`
_CITATION = """\
@inproceedings{drobyshev2024emoportraits,
  title = {EMOPortraits: Emotion-enhanced Multimodal One-shot Head Avatars},
  author = {Drobyshev, Nikita and Casademunt, Antoni Bigata and Vougioukas, Konstantinos and
            Landgraf, Zoe and Petridis, Stavros and Pantic, Maja},
  booktitle = {CVPR},
  year = {2024}
}"""


class Feed(datasets.GeneratorBasedBuilder):
    """Rows of FEED clips, split by subject."""

    BUILDER_CONFIG_CLASS = FeedConfig
    BUILDER_CONFIGS = list(ALL_CONFIGS)
    DEFAULT_CONFIG_NAME = DEFAULT

    def __init__(
        self,
        *args: Any,
        config_name: str | None = None,
        data_dir: Path | str | None = None,
        hash: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Take what `datasets` hands over.

        Args:
            args, kwargs: of datasets.DatasetBuilder, and the fields of FeedConfig.
            config_name: key of feed_dataset.layout.configs.CONFIGS; None means "all".
            data_dir: folder with FEED videos; None means $FEED_ROOT or feed-mini.
            hash: key of the cached rows, as feed_dataset.hub.listing.feed_module gives it.

        Raises:
            ArgumentError: an argument has no meaning for FEED.
            ConfigError: no configuration has this name, or none of its clips is there.
            LayoutError: `data_dir` has no FEED videos.
        """
        refuse(**{name: kwargs.get(name) for name in MEANINGLESS})
        if config_name is not None:
            config_named(config_name)  # names the nearest, which datasets does not
        root = data_root(data_dir)
        if hash is None or root != self.BUILDER_CONFIGS[0].data_dir:
            # `datasets-cli test` lists one folder, opens another and leaves the key out. `datasets` itself changes a
            # builder's class when it unpickles one.
            listing = listing_of(root)
            self.__class__ = configure_builder_class(Feed, list(listing.configs), DEFAULT, NAME)
            hash = listing.key
        if config_name is not None and config_name not in self.builder_configs:
            where = "feed-mini" if root is None else root
            there = ", ".join(self.builder_configs)
            raise ConfigError(f"expected a config that has clips in {where} ({there}) but got {config_name!r}")
        self._is_building = False
        self._reasons: dict[str, str] = {}  # clip id -> why it has no row
        self._clips: list[Clip] = []
        super().__init__(*args, config_name=config_name, data_dir=root, hash=hash, **kwargs)

    def download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """As datasets.DatasetBuilder; what has no row is said whether the rows are made now or were there."""
        self._is_building = True
        super().download_and_prepare(*args, **kwargs)
        self._is_building = False
        for clip_id, reason in load_left_out(Path(self.cache_dir)).items():
            warn_left_out(clip_id, reason)

    def _download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        super()._download_and_prepare(*args, **kwargs)
        # Rows may have been made by other processes: what is not among them was left out there.
        is_arrow = kwargs.get("file_format") in (None, "arrow") and self._file_format in (None, "arrow")
        there = {name for rows in self.as_dataset().values() for name in rows["clip_id"]} if is_arrow else set()
        for clip in self._clips:
            reason = None if clip.id in there else self._fault(clip)
            if clip.id not in there and (reason or is_arrow):
                self._reasons[clip.id] = reason or "it could not be read when the rows were made"
        save_left_out(Path(self._output_dir), self._reasons)

    def _info(self) -> datasets.DatasetInfo:
        features = {name: datasets.Value(dtype) for name, dtype in FIELDS.items()}
        if self.config.decode:
            instead = "leave decode out and read row['path'] with feed_dataset.read_video"
            if not hasattr(datasets, "Video"):
                version = datasets.__version__
                raise FeedError(f"expected datasets with videos because of decode=True but got {version}; {instead}")
            if not torchcodec_decodes():
                raise FeedError(
                    "expected a torchcodec that decodes because of decode=True but it does not load here (it needs "
                    f"FFmpeg's shared libraries); {instead}"
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
        self._clips = [clip for clip, _ in sources]
        if not sources:
            first = f"{wanted[0].id}: {faulty.get(wanted[0].path) or known.faults.get(wanted[0].id)}"
            raise LayoutError(
                f"expected readable clips below {catalog.root} but none of {len(wanted)} can be opened ({first})"
            )
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
                row = self._row(clip, known)
            except VideoDecodeError as error:
                self._left_out(clip, str(error))
                continue
            yield clip.id, row

    def _row(self, clip: Clip, known: dict[str, object] | None = None) -> dict[str, object]:
        row = known if known is not None else row_of(clip)
        if self.config.decode:
            _check_torchcodec(clip.path)
            row = row | {"video": {"path": row["path"], "bytes": None}}
        return row

    def _left_out(self, clip: Clip, reason: str) -> None:
        if self.config.on_error == "raise":
            raise LayoutError(f"expected a usable clip {clip.id} but {reason}; leave it out with on_error='skip'")
        if self._is_building:  # in one of several processes, perhaps: it is said when all are done
            self._reasons[clip.id] = reason
        else:
            warn_left_out(clip.id, reason)

    def _fault(self, clip: Clip) -> str | None:
        """Why a clip gives no row, or None."""
        try:
            self._row(clip)
        except VideoDecodeError as error:
            return str(error)
        return None


def _check_torchcodec(path: Path) -> None:
    """Raise VideoDecodeError where torchcodec, which decodes the column `video`, gives other frames than there are."""
    aspect = check_container(path).pixel_aspect
    if aspect != 1:  # our reader makes up for it, but the column does not go through our reader
        detail = f"torchcodec takes its pixels of {aspect} for square ones"
        raise VideoDecodeError(path, "torchcodec", f"{detail}; take decode=False and read it with read_video")
    with open_reader(path, "torchcodec") as reader:
        reader.at(np.linspace(0, reader.index.frame_count - 1, _CHECKED).round().astype(int))


def _names(value: str | Collection[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
