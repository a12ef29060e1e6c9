"""The interpreter of a repository's environment, asked what it is and what it has."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from baselines.interface.errors import MethodUnavailable

_TIMEOUT_S = 120
_ASK = """\
import importlib.util, json, sys
def there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:  # a parent package that cannot be imported may raise anything: it is not there
        return name in sys.modules
found = {"python": "%d.%d.%d" % sys.version_info[:3], "missing": [m for m in sys.argv[1:] if not there(m)]}
try:
    import importlib.metadata as metadata
    found["torch"] = metadata.version("torch")
except ImportError:  # no PyTorch, or a Python before 3.8
    found["torch"] = None
print(json.dumps(found))
"""
_CUDA = "import torch, json; print(json.dumps([torch.cuda.is_available(), torch.version.cuda]))"


@dataclass(frozen=True)
class Interpreter:
    """Args:
    python, torch: versions; None for a PyTorch that is not installed.
    missing: of the modules that were asked for.
    """

    python: str
    torch: str | None
    missing: tuple[str, ...]


def ask(python: Path, modules: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Interpreter:
    """Start it once; nothing is imported but the standard library.

    Raises:
        MethodUnavailable: it cannot be started, or is no Python.
    """
    found = _json(python, [_ASK, *modules], environment)
    return Interpreter(found["python"], found["torch"], tuple(found["missing"]))


def sees_cuda(python: Path) -> bool:
    """Whether its PyTorch sees a GPU. Raises MethodUnavailable when it cannot be imported."""
    return bool(_json(python, [_CUDA], None)[0])


def _json(python: Path, code: Sequence[str], environment: Mapping[str, str] | None):  # type: ignore[no-untyped-def]
    try:
        made = subprocess.run(
            [str(python), "-c", *code],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        return json.loads(made.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else f"it said nothing in {_TIMEOUT_S} s"
        raise MethodUnavailable(
            f"expected an interpreter in {python} but got: {why}; name one with --python"
        ) from error
    except (ValueError, IndexError) as error:
        last = (made.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise MethodUnavailable(f"expected {python} to be a Python that starts but got: {last}") from error
