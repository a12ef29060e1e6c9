"""Print one of the README's two commands, so that CI runs what people copy.

    python3 scripts/readme_command.py tests | bash -euo pipefail

A command is a fenced `sh` block after a line `<!-- command: NAME -->`. Standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
_FENCED = re.compile(r"^<!-- command: (?P<name>[a-z ]+) -->\n```sh\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(markdown: str) -> dict[str, str]:
    """The marked commands by name, in the order of the text."""
    return {match["name"]: match["body"] for match in _FENCED.finditer(markdown)}


def main() -> int:
    """Print the command named on the command line; 2 when the README has no such command."""
    found = commands(README.read_text(encoding="utf-8"))
    name = " ".join(sys.argv[1:])
    if name not in found:
        print(f"expected a command of README.md among {', '.join(found)} but got {name!r}", file=sys.stderr)
        return 2
    print(found[name], end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
