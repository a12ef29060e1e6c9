"""Starting files for methods of one's own.

`class.py.txt` and `command.py.txt` pass `mock-run` as they are.
"""

from __future__ import annotations

import re
import sys
from importlib.machinery import PathFinder
from importlib.resources import files
from pathlib import Path
from typing import Literal

from baselines.doors.spec import checked_name
from baselines.interface.errors import MethodConflict, MethodUnavailable

Kind = Literal["class", "command"]


def write_method(name: str, kind: Kind, folder: Path) -> Path:
    """Write FOLDER/NAME.py, which must not be there.

    Raises:
        MethodConflict: the file is there.
        MethodUnavailable: predictions cannot lie in a folder of that name, no class can have it, or the file would be
            imported in the place of a module of that name.
    """
    checked_name(name, "the command line")
    words = re.findall(r"[A-Za-z0-9]+", name)
    class_name = "".join(word[0].upper() + word[1:] for word in words)
    if not class_name.isidentifier():
        raise MethodUnavailable(f"expected a name that begins with a letter but got {name!r}")
    path = folder / f"{name}.py"
    if _is_module(name) and not path.exists():
        raise MethodUnavailable(f"expected a name that no Python module has but {name} is one; take another name")
    text = (files("baselines.templates") / f"{kind}.py.txt").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text.replace("NAME", name).replace("Mine", class_name))
    except FileExistsError:
        raise MethodConflict(f"expected no {path.name} in {folder} but it is there; take another name") from None
    return path


def _is_module(name: str) -> bool:
    """Whether `import NAME` finds something already; a folder without code is no module."""
    found = PathFinder.find_spec(name)
    return name in sys.stdlib_module_names or (found is not None and found.origin is not None)
