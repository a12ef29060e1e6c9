"""What a user's checkout is: its commit, and whether files were changed since."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 60


@dataclass(frozen=True)
class CheckoutState:
    """Args:
    commit: 40 hex digits; None where it is no git checkout, such as an unpacked archive.
    changes_sha256: digest of the difference to that commit; None without one.
    """

    commit: str | None
    changes_sha256: str | None = None


def checkout_state(folder: Path) -> CheckoutState:
    """The commit of a folder, asked of git; untracked files do not count."""
    commit = _git(folder, "rev-parse", "HEAD")
    top = _git(folder, "rev-parse", "--show-toplevel")
    if commit is None or top is None or Path(top.decode().strip()).resolve() != folder.resolve():
        return CheckoutState(None)
    changes = _git(folder, "diff", "--no-ext-diff", "--binary", "HEAD")
    return CheckoutState(commit.decode().strip(), hashlib.sha256(changes).hexdigest() if changes else None)


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        made = subprocess.run(
            ["git", "-c", "core.fsmonitor=", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return made.stdout if made.returncode == 0 else None
