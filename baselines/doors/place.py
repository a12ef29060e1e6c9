"""Importing a class by its place: `package.module:Class` or `path/to/file.py:Class`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from baselines.doors.code import code_digests
from baselines.interface.errors import MethodUnavailable

FILE_SUFFIX = ".py"

_BESIDE: dict[Path, str] = {}  # digests of the files beside users' files, when they were imported


def is_file(target: str) -> bool:
    """Whether a target names a file rather than a module."""
    return target.rpartition(":")[0].endswith(FILE_SUFFIX)


def import_class(target: str) -> type:
    """The class that a target names.

    Raises:
        MethodUnavailable: one line: no such file, module or class, or the error that importing it raised, with the
            file and line.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise MethodUnavailable(f"expected module:Class or file.py:Class but got {target!r}")
    module = _file_module(Path(place)) if is_file(target) else _module(place)
    found = getattr(module, name, None)
    if isinstance(found, type):
        return found
    classes = sorted(n for n, c in vars(module).items() if isinstance(c, type) and c.__module__ == module.__name__)
    raise MethodUnavailable(f"expected a class {name!r} in {place} but it has {', '.join(classes) or 'none'}")


def classes_of(file: Path) -> dict[str, type]:
    """The classes that a Python file defines itself, by name; imports it.

    Raises:
        MethodUnavailable: no such file, or the error that importing it raised.
    """
    module = _file_module(file)
    return {n: c for n, c in vars(module).items() if isinstance(c, type) and c.__module__ == module.__name__}


def source_file(found: type) -> Path | None:
    """The Python file of a class; None where there is none, as in an interactive session."""
    file = getattr(sys.modules.get(found.__module__), "__file__", None)
    return Path(file) if file and file.endswith(FILE_SUFFIX) else None


def line_of(error: BaseException, file: Path | None = None) -> str:
    """ "KeyError in mine.py:12: 'x'": an error with the last place in `file`, or the last place of all."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__} in {Path(error.filename).name}:{error.lineno}: {error.msg}"
    text = str(error).strip().splitlines()
    reason = f": {text[0][:300]}" if text else ""
    frames = traceback.extract_tb(error.__traceback__)
    if len(frames) < 2:  # the call itself was wrong: no line of theirs ran
        return f"{type(error).__name__}{reason}"
    own = [frame for frame in frames if file is not None and Path(frame.filename) == file]
    where = (own or frames)[-1]
    return f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}{reason}"


class _AsItIs(SourceFileLoader):
    """Compiles what the file says now: kept bytecode takes an edit of the same size in the same second for none."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _file_module(path: Path) -> ModuleType:
    file = path.resolve()
    if not file.is_file():
        raise MethodUnavailable(f"expected a Python file but there is no {path}")
    digests = code_digests(file)
    # Two files of one name are two modules, and so is a file before and after an edit.
    name = f"feed_method_{file.stem}_{hashlib.sha256(f'{file} {digests[file]}'.encode()).hexdigest()[:8]}"
    _check_fresh(file, digests)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file, loader=_AsItIs(name, str(file)))
    if spec is None or spec.loader is None:
        raise MethodUnavailable(f"expected a Python file but {path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))  # last: what lies beside the file must not shadow installed packages
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise MethodUnavailable(f"expected to import {path} but got {line_of(error, file)}") from error
    return module


def _check_fresh(file: Path, digests: dict[Path, str]) -> None:
    """What lies beside a file is imported once in a process: an edit after that would not be what runs."""
    for path, digest in digests.items():
        if path != file and _BESIDE.setdefault(path, digest) != digest:
            raise MethodUnavailable(f"expected {path} to stay but it was edited after its import; start Python again")


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise MethodUnavailable(
                f"expected a module {name!r} but there is no {error.name!r}; put its folder on PYTHONPATH, or give"
                " path/to/file.py:Class"
            ) from error
        raise MethodUnavailable(f"expected to import {name} but got {line_of(error)}") from error
    except (Exception, SystemExit) as error:
        raise MethodUnavailable(f"expected to import {name} but got {line_of(error)}") from error
