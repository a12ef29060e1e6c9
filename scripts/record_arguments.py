"""Record which options an official repository takes, for tests/baselines/official/test_adapters.py.

    python -m scripts.record_arguments fomm CHECKOUT

The checkout must be at the commit that the adapter names. Only names, counts and types of options are written; of a
repository that a launcher of ours drives, the names of the parameters of what it calls.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from baselines.official.adapter import Run
from baselines.official.arguments import Arguments, read_arguments
from baselines.official.calls import Signature, read_call, read_signatures
from baselines.official.checkout import checkout_state
from baselines.official.loading import adapter

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "official"


def record(run: Run, checkout: Path) -> Arguments:
    """The options of one repository, from all files that declare some."""
    files = run.options_in or (run.script,)
    parts = [
        read_arguments((checkout / file).read_text(encoding="utf-8"), run.script, style=run.style) for file in files
    ]
    return Arguments(
        script=run.script, style=run.style, arguments=tuple(one for part in parts for one in part.arguments)
    )


def record_calls(run: Run, checkout: Path) -> dict[str, dict[str, Signature]]:
    """File -> name -> signature of everything that the launcher calls. Raises KeyError for what is not there."""
    found: dict[str, dict[str, Signature]] = {}
    for call in map(read_call, run.calls):
        known = read_signatures((checkout / call.file).read_text(encoding="utf-8"))
        found.setdefault(call.file, {})[call.name] = known[call.name]
    return found


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
    run = adapter(arguments.name).run
    if run is None:
        print(f"expected a repository that can be run but {arguments.name} cannot", file=sys.stderr)
        return 2
    if run.launcher is None:
        content = record(run, arguments.checkout).model_dump(mode="json", exclude_defaults=True)
    else:
        calls = record_calls(run, arguments.checkout)
        content = {
            "signatures": {
                file: {name: one.model_dump(mode="json", exclude_defaults=True) for name, one in names.items()}
                for file, names in calls.items()
            }
        }
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{arguments.name}.json"
    target.write_text(json.dumps({"commit": wanted, **content}, indent=1) + "\n", encoding="utf-8")
    print(f"{target} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
