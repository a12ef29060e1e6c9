"""Our packages before others of the same name: `model.py` and `benchmark/` stand in many people's working folders."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError

HOME = Path(__file__).resolve().parents[3]
"""The folder that our packages lie in: a clone, or site-packages."""


def own_packages_first() -> None:
    """Look into the working directory last, which `python -m` looks into first; nothing changes in a clone.

    Worker processes get the same order, because they take over the path of the process that starts them.
    """
    first = os.path.realpath(sys.path[0]) if sys.path else ""
    if first == os.path.realpath(os.getcwd()) and first != str(HOME):
        sys.path.append(sys.path.pop(0))


def check_packages(names: Iterable[str]) -> None:
    """Refuse to start where another module has the name of one of our packages and is found first.

    Args:
        names: top-level packages of ours that will be imported.

    Raises:
        FeedError: names the file in the way.
    """
    for name in names:
        foreign = foreign_module(name)
        if foreign is not None:
            raise FeedError(
                f"{foreign} hides our package {name!r}; start the command from another folder,"
                " or take that folder off PYTHONPATH"
            )


def foreign_module(name: str) -> Path | None:
    """The file that Python finds under the name of one of our packages, where it is not ours; None where it is."""
    loaded = sys.modules.get(name)
    spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(name)
    if spec is None:
        return None
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    found = [Path(os.path.realpath(place)) for place in places]
    return None if not found or any(path.is_relative_to(HOME / name) for path in found) else found[0]
