"""`load_dataset`, and the hook by which `datasets.load_dataset("feed")` finds FEED.

`datasets` has no plugin mechanism: it resolves names in `datasets.load.dataset_module_factory`. Importing
this package wraps that function, at once when `datasets` is imported already, else at the end of its import,
so that `import feed_dataset` stays cheap.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

NAME = "feed"
ROOT_VARIABLE = "FEED_ROOT"  # environment: data directory where none is given
_LOAD_MODULE = "datasets.load"
_INSPECT_MODULE = "datasets.inspect"
_FACTORY = "dataset_module_factory"


def load_dataset(path: str = NAME, name: str | None = None, data_dir: Path | str | None = None, **kwargs: Any) -> Any:
    """FEED as a `datasets` dataset; without `data_dir` (or $FEED_ROOT) the synthetic feed-mini.

    Args:
        path: "feed".
        name: a selection of feed_dataset.layout.configs.CONFIGS: "all" (default), a task as "extreme", or "paper".
        data_dir: folder with `<subject>/<stem>_<camera>.mp4`, such as the public release.
        **kwargs: `subjects`, `stems`, `views` (a name or several), `decode` and `on_error` as in
            feed_dataset.hub.builder.FeedConfig, and what `datasets.load_dataset` takes: `split`, `streaming`,
            `num_proc`, `cache_dir`, ...

    Returns:
        DatasetDict with those of "train", "validation" and "test" (by subject) that have clips, or one Dataset when
        `split` is given; the iterable ones with `streaming=True`. Columns: feed_dataset.catalog.rows.FIELDS.

    Raises:
        ConfigError: there is no selection `name`.
        LayoutError: `data_dir` has no FEED videos, or a filter names what is not there.

    Example:
        >>> rows = load_dataset("feed", "extreme", split="test", views="C")
        >>> frames = read_video(rows[0]["path"]).frames
    """
    from feed_dataset.core.jobs.errors import FeedError
    from feed_dataset.core.jobs.suggestions import unknown

    if path != NAME:
        raise FeedError(unknown("data set", path, [NAME]))
    import datasets

    install()
    try:
        return datasets.load_dataset(NAME, name, data_dir=None if data_dir is None else str(data_dir), **kwargs)
    except datasets.exceptions.DatasetGenerationError as error:
        if isinstance(error.__cause__, FeedError):
            raise error.__cause__ from error
        raise


def install() -> None:
    """Make `datasets.load_dataset("feed")` work; does nothing the second time."""
    loaded = sys.modules.get(_LOAD_MODULE)
    if loaded is not None and hasattr(loaded, _FACTORY):
        _wrap_factory(loaded)
    elif not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())


def _wrap_factory(load: ModuleType) -> None:
    original = getattr(load, _FACTORY)
    if not getattr(original, "knows_feed", False):

        @functools.wraps(original)
        def factory(path: str, *args: Any, data_dir: str | None = None, **kwargs: Any) -> Any:
            if path != NAME:
                return original(path, *args, data_dir=data_dir, **kwargs)
            return _feed_module(load, data_dir)

        factory.knows_feed = True  # type: ignore[attr-defined]
        setattr(load, _FACTORY, factory)
    inspect = sys.modules.get(_INSPECT_MODULE)  # it bound the name when it was imported
    if inspect is not None:
        setattr(inspect, _FACTORY, getattr(load, _FACTORY))


def _feed_module(load: ModuleType, data_dir: str | None) -> Any:
    """Where the builder is.

    The root and what lies there are in the cache key, so that stale rows are never shown.
    """
    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.hub.builder import CODE_VERSION

    catalog = open_catalog(data_dir or os.environ.get(ROOT_VARIABLE) or None)
    state = [CODE_VERSION, str(catalog.root), catalog.digest, _manifest_state(catalog.root)]
    state += [f"{clip.id} {clip.ground_truth}" for clip in catalog.clips]
    key = hashlib.sha256("\n".join(state).encode()).hexdigest()[:32]
    return load.DatasetModule("feed_dataset.hub.builder", key, {"dataset_name": NAME, "data_dir": str(catalog.root)})


def _manifest_state(root: Path) -> str:
    from feed_dataset.manifest import find_manifest

    path = find_manifest(root)
    return "" if path is None else f"{path} {path.stat().st_mtime_ns}"


class _AfterImport(importlib.abc.MetaPathFinder):
    """Lets `datasets.load` be imported as ever, then wraps its factory."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _LOAD_MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _WrappingLoader(spec.loader)
        return spec


class _WrappingLoader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader  # the module shall not show that it was wrapped
        self._loader.exec_module(module)
        _wrap_factory(module)
