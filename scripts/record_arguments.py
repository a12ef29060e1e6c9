"""Record which options an official repository takes, for tests/baselines/official/test_command_lines.py.

    python -m scripts.record_arguments fomm CHECKOUT

The checkout must be at the commit that the adapter names. Only names, counts and types of options are written.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from baselines.official.arguments import Arguments, read_arguments
from baselines.official.checkout import checkout_state
from baselines.official.loading import adapter

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "official"


def record(name: str, checkout: Path) -> Arguments:
    """The options of one repository, from all files that declare some."""
    run = adapter(name).run
    if run is None:
        raise SystemExit(f"expected a repository that can be run but {name} cannot")
    files = run.options_in or (run.script,)
    parts = [
        read_arguments((checkout / file).read_text(encoding="utf-8"), run.script, style=run.style) for file in files
    ]
    return Arguments(
        script=run.script, style=run.style, arguments=tuple(one for part in parts for one in part.arguments)
    )


def main() -> int:
    """Write one file and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the adapter, such as fomm")
    parser.add_argument("checkout", type=Path)
    arguments = parser.parse_args()
    wanted, found = adapter(arguments.name).commit, checkout_state(arguments.checkout).commit
    if found != wanted:
        print(f"expected the checkout at {wanted} but got {found}", file=sys.stderr)
        return 2
    recorded = record(arguments.name, arguments.checkout)
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{arguments.name}.json"
    content = {"commit": wanted, **recorded.model_dump(mode="json", exclude_defaults=True)}
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{len(recorded.arguments)} options in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
