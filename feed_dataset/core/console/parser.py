"""A parser whose texts name commands the way they were started: `feed model info` or `python -m model info`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn

from feed_dataset.core.jobs.suggestions import unknown

SCRIPT = "feed"
_MODULE = re.compile(r"\bpython -m (?:feed_)?(baselines|dataset|benchmark|model|leaderboard)\b")


class CommandParser(argparse.ArgumentParser):
    """`argparse.ArgumentParser`; parsers of its commands are of this class, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("type", Path, _path)

    def format_help(self) -> str:
        return as_started(super().format_help(), self.prog)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As `argparse` does, but a command itself says what it does not know, and so names its own help."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As `argparse` does, but each choice is named once, and the nearest one."""
        choices = [one for one in action.choices or () if isinstance(one, str)]
        if not choices or value in choices:
            super()._check_value(action, value)
        elif isinstance(action, argparse._SubParsersAction):  # its own name is the list of all commands
            raise argparse.ArgumentError(None, unknown("command", value, choices))
        else:
            raise argparse.ArgumentError(action, unknown("choice", value, choices))

    def error(self, message: str) -> NoReturn:
        """One line on stderr instead of the usage, and exit code 2: like every other wrong input."""
        stop = "" if message.endswith("?") else ";"
        line = " ".join(f"error: {message}{stop} see `{self.prog} --help`".split())
        self.exit(2, f"{line}\n")


def as_started(text: str, prog: str) -> str:
    """The text with `python -m ROOM` replaced by `feed ROOM` where the program was started by `feed`.

    >>> as_started("run: python -m feed_dataset index DIR", "feed dataset")
    'run: feed dataset index DIR'
    """
    return _MODULE.sub(rf"{SCRIPT} \1", text) if prog.partition(" ")[0] == SCRIPT else text


def _path(text: str) -> Path:
    """A path; `Path("")` would be the working directory, which nobody means who writes "$UNSET"."""
    if not text:
        raise argparse.ArgumentTypeError("expected a path but got an empty one")
    return Path(text)
