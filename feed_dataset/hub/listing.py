"""What `datasets` is told of a data directory before any row is read: its configurations and its cache key."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import datasets
from datasets.load import BuilderConfigsParameters, DatasetModule

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.errors import FeedError, LayoutError
from feed_dataset.layout.configs import CONFIGS, DEFAULT
from feed_dataset.manifest import find_manifest

NAME = "feed"
ROOT_VARIABLE = "FEED_ROOT"  # environment: data directory where none is given
CODE_VERSION = "3"  # part of the cache key: raise it when rows change
VERSION = "2.0.0"
MEANINGLESS = {  # argument of `datasets` that cannot be honoured -> what to do instead
    "data_files": "it takes a folder: data_dir=",
    "revision": "its version is that of the installed package feed-benchmark",
    "storage_options": "it reads local folders only",
    "base_path": "it takes a folder: data_dir=",
    "repo_id": "it comes from the installed package feed-benchmark",
    "version": "its version is that of the installed package feed-benchmark",
}


class ArgumentError(FeedError, ValueError):
    """An argument that `datasets` takes has no meaning for FEED."""


@dataclass
class FeedConfig(datasets.BuilderConfig):
    """Which clips of a named selection to list; None takes all. A string is a collection of one name."""

    subjects: str | Collection[str] | None = None
    stems: str | Collection[str] | None = None
    views: str | Collection[str] | None = None  # cameras: "C", "L", "R"
    decode: bool = False  # add a column `video` that decodes by itself, with torchcodec
    on_error: Literal["skip", "raise"] = "skip"  # a damaged video: leave it out with a warning, or stop


ALL_CONFIGS = tuple(FeedConfig(name, VERSION, description=config.summary) for name, config in CONFIGS.items())


@dataclass(frozen=True)
class Listing:
    """The configurations that have clips, each with the folder in `data_dir`, and the key of the cached rows."""

    configs: tuple[FeedConfig, ...]
    key: str


def data_root(data_dir: Path | str | None) -> str | None:
    """The folder to read: `data_dir`, or $FEED_ROOT, as an absolute path; None for feed-mini.

    Raises LayoutError for an empty `data_dir`: whoever gives one does not mean other data instead.
    """
    if data_dir is not None and not str(data_dir):
        raise LayoutError("expected a folder as data_dir but got an empty path; leave it out for feed-mini")
    given = data_dir or os.environ.get(ROOT_VARIABLE)
    return str(Path(given).expanduser().resolve()) if given else None


def listing_of(root: str | None) -> Listing:
    """List a data directory; None means feed-mini. Raises LayoutError as open_catalog does.

    The root and what lies there are in the key, so that stale rows are never shown.
    """
    catalog = open_catalog(root)
    there = {(clip.task, clip.split) for clip in catalog.clips}
    names = [name for name, config in CONFIGS.items() if any(config.takes(*one) for one in there)]
    state = [CODE_VERSION, str(catalog.root), catalog.digest, _manifest_state(catalog.root)]
    state += [f"{clip.id} {clip.ground_truth}" for clip in catalog.clips]
    return Listing(
        configs=tuple(FeedConfig(name, VERSION, root, description=CONFIGS[name].summary) for name in names),
        key=hashlib.sha256("\n".join(state).encode()).hexdigest()[:32],
    )


_OF_SCRIPTS = frozenset({
    "dynamic_modules_path", "trust_remote_code", "_require_default_config_name", "_require_custom_configs",
})  # fmt: skip
"""What `datasets` before 4 hands over besides: about scripts of a repository, of which there are none."""


def feed_module(
    revision: str | None = None,
    download_config: datasets.DownloadConfig | None = None,
    download_mode: str | None = None,
    data_dir: str | None = None,
    data_files: object = None,
    cache_dir: str | None = None,
    **download_kwargs: Any,
) -> DatasetModule:
    """What `datasets.load.dataset_module_factory` returns for "feed": where the builder is.

    Args:
        revision, data_files: not for FEED.
        download_config, download_kwargs: not needed, because nothing is downloaded.
        download_mode, cache_dir: `datasets` hands them to the builder.
        data_dir: folder with FEED videos; None means $FEED_ROOT or feed-mini.

    Raises:
        ArgumentError: an argument has no meaning for FEED.
        LayoutError: `data_dir` has no FEED videos.
        TypeError: download_kwargs are not those of datasets.DownloadConfig.
    """
    datasets.DownloadConfig(**{name: value for name, value in download_kwargs.items() if name not in _OF_SCRIPTS})
    refuse(revision=revision, data_files=data_files)
    listing = listing_of(data_root(data_dir))
    # No data_dir here: `datasets-cli test` hands over its own. It comes with the configurations.
    return DatasetModule(
        "feed_dataset.hub.builder",
        listing.key,
        {"dataset_name": NAME},
        BuilderConfigsParameters(builder_configs=list(listing.configs), default_config_name=DEFAULT),
    )


def refuse(**arguments: object) -> None:
    """Raise ArgumentError for the first of these arguments that is given."""
    for name, value in arguments.items():
        if value not in (None, {}):
            raise ArgumentError(f'expected no {name}= for "feed" but got {value!r}; {MEANINGLESS[name]}')


def _manifest_state(root: Path) -> str:
    path = find_manifest(root)
    return "" if path is None else f"{path} {path.stat().st_mtime_ns}"
