"""Lets `datasets.load_dataset("feed")` find FEED in a Python that never imported us.

`datasets` has no plugin mechanism: it resolves names in `datasets.load.dataset_module_factory`. The installed file
feed_benchmark_hook.pth puts a finder into sys.meta_path at every start of Python, unless the environment variable
FEED_NO_DATASETS_HOOK is set. That finder only looks at names; when `datasets.load` is imported it asks `find_spec`.
The .pth file holds the finder itself, because to find and import any module costs milliseconds at every start; it asks
whether its finder is there, because an environment made by venv runs such files twice.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

NAME = "feed"
ALWAYS_FEED = "feed-benchmark:feed"  # for feed_dataset.load_dataset: also beside a local folder `feed`
_FACTORY = "dataset_module_factory"
_BINDERS = ("datasets.inspect", "datasets.commands.test")  # bind the factory when they are imported


def find_spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """The spec of the module `datasets.load`, which calls `wrap` when it has been executed; None where it is not."""
    spec = PathFinder.find_spec(name, path)
    loader: Any = None if spec is None else spec.loader
    if loader is None:
        return None
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module  # the class's own shows again: no trace is left in the module
        execute(module)
        if hasattr(module, _FACTORY):  # a `datasets` that we do not know stays as it is
            wrap(module)

    loader.exec_module = exec_module
    return spec


def wrap(load: ModuleType) -> None:
    """Make `load`, the module `datasets.load`, resolve "feed"; does nothing the second time.

    As ever in `datasets`, a folder of that name in the working directory comes first.
    """
    original = getattr(load, _FACTORY)
    if not getattr(original, "knows_feed", False):

        @functools.wraps(original)
        def factory(path: str, *args: Any, **kwargs: Any) -> Any:
            if path != ALWAYS_FEED and (path != NAME or os.path.isdir(path)):
                return original(path, *args, **kwargs)
            from feed_dataset.hub.listing import feed_module

            return feed_module(*args, **kwargs)

        factory.knows_feed = True  # type: ignore[attr-defined]
        setattr(load, _FACTORY, factory)
    for name in _BINDERS:
        if name in sys.modules:
            setattr(sys.modules[name], _FACTORY, getattr(load, _FACTORY))
