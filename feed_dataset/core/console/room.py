"""What a package hands over to have a command line, and how one of its commands is run."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feed_dataset.core.console.handler import run_guarded
from feed_dataset.core.console.logs import configure
from feed_dataset.core.console.parser import SCRIPT
from feed_dataset.core.console.shadows import check_packages, own_packages_first


@dataclass(frozen=True)
class Room:
    """The command line of a package.

    Args:
        package: its name, as in `python -m benchmark`.
        uses: other top-level packages of ours that its commands import.
        build_parser: makes the parser of a program name; imports of other packages of ours wait until then.
        run: runs the command that was parsed; the exit code.
    """

    package: str
    uses: tuple[str, ...]
    build_parser: Callable[[str], argparse.ArgumentParser]
    run: Callable[[argparse.Namespace], int]


def run_room(room: Room, argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Parse arguments and run a command.

    Args:
        room: whose command.
        argv: arguments; those of the process when None.
        prog: how the room was started; `python -m PACKAGE` when None.

    Returns:
        An exit code, see `run_guarded`, which also says what is raised.
    """
    name = prog or f"python -m {room.package}"

    def action() -> int:
        configure((room.package, *room.uses))
        if not name.startswith(f"{SCRIPT} "):
            own_packages_first()
        check_packages((room.package, *room.uses))
        return int(room.run(room.build_parser(name).parse_args(argv)))

    return run_guarded(action, name)
