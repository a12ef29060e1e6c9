"""`setup`: where the code, weights and interpreter of an official repository are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from baselines.official.shim_names import SHIMS

_EXAMPLES = """\
The code and the weights are yours: this command downloads neither. Without --python it makes an environment with
requirements that were tried with this adapter, if there are any for the Python that runs this command.

shims, each a change to an outside library that a newer version of it made necessary:
{shims}

examples:
  python -m baselines setup fomm --checkout ~/first-order-model --checkpoints ~/weights --python ~/fomm-env/bin/python
  python -m baselines setup fomm --checkout ~/first-order-model --checkpoints ~/weights --shim torchvision-empty
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "setup",
        help="remember the checkout, weights and interpreter of an official repository",
        epilog=_EXAMPLES.format(shims="\n".join(f"  {name:32}{text}" for name, text in SHIMS.items())),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="of the repository, such as fomm")
    parser.add_argument("--checkout", type=Path, required=True, metavar="DIR", help="your clone of it")
    parser.add_argument(
        "--checkpoints", type=Path, metavar="DIR", help="folder with its weights (default: the checkout)"
    )
    parser.add_argument("--python", type=Path, metavar="EXE", help="interpreter of its environment")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="where it runs (default: a GPU where there is one)")
    parser.add_argument(
        "--shim", action="append", default=[], metavar="NAME", help="switch on a compatibility shim; may be repeated"
    )
    parser.add_argument(
        "--frames",
        choices=("lossless", "file"),
        default="lossless",
        help="take frames from its video writer where that can be recorded, or from its video (default: %(default)s)",
    )
    parser.add_argument(
        "--time-factor", type=float, default=1.0, metavar="X", help="how much longer than usual a process may take"
    )
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from baselines.interface.errors import MethodUnavailable
    from baselines.official.health import examine
    from baselines.official.installing import set_up
    from baselines.official.loading import adapter

    if not arguments.time_factor > 0:
        raise MethodUnavailable(f"expected --time-factor above 0 but got {arguments.time_factor}")
    found = adapter(arguments.name)
    print(f"{found.title}: code {found.licence}, weights {found.weights_licence or found.licence}")
    set_up(
        found,
        arguments.checkout,
        checkpoints=arguments.checkpoints,
        python=arguments.python,
        device=arguments.device,
        shims=arguments.shim,
        lossless=arguments.frames == "lossless",
        time_factor=arguments.time_factor,
        announce=print,
    )
    lacking = [one for one in examine(found) if one.state == "missing"]
    for one in lacking:
        print(f"missing: {one.what}: {one.detail}{f'; {one.advice}' if one.advice else ''}")
    return 1 if lacking else 0
