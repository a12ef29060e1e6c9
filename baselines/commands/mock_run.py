"""`mock-run`: does a method keep the rules? Rendered input, no weights of ours."""

from __future__ import annotations

import argparse
from typing import Any

from baselines.options import add_method, seconds

_EXAMPLES = """\
examples:
  python -m baselines mock-run mine.py
  python -m baselines mock-run emoportraits
  python -m baselines mock-run mine.py:Mine --device cuda

It ends with 1 where the method breaks a rule. What cannot be told of a method from its frames is said as such.
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "mock-run",
        help="does a method keep the rules? rendered input, seconds",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_method(parser, "NAME|FILE")
    parser.add_argument(
        "--timeout", type=seconds, default=600.0, metavar="S", help="seconds for each process (default: %(default)g)"
    )
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from baselines.interface.speed import speed_text
    from baselines.mock.examine import mock_run
    from baselines.mock.material import SIZE_PX
    from baselines.registry import resolve

    spec = resolve(arguments.method, model=arguments.model)
    found = mock_run(spec, device=arguments.device, timeout_s=arguments.timeout)
    for one in found.findings:
        print(f"{one.state.upper() if one.state == 'fault' else one.state:15} {one.rule}: {one.line}")
    faults = sum(one.state == "fault" for one in found.findings)
    untold = sum(one.state == "cannot be told" for one in found.findings)
    kept = len(found.findings) - faults - untold
    if found.speed is not None:
        print(f"speed at {SIZE_PX} px: {speed_text(found.speed)}")
    print(f"{found.name}: {kept} rules kept, {faults} broken, {untold} cannot be told")
    return 0 if found.passed else 1
