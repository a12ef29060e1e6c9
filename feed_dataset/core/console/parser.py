"""A parser whose texts name commands the way they were started: `feed model info` or `python -m model info`."""

from __future__ import annotations

import argparse
import re

SCRIPT = "feed"
_MODULE = re.compile(r"\bpython -m (?:feed_)?(dataset|benchmark|model|leaderboard)\b")


class CommandParser(argparse.ArgumentParser):
    """`argparse.ArgumentParser`; parsers of its commands are of this class, too."""

    def format_help(self) -> str:
        return as_started(super().format_help(), self.prog)


def as_started(text: str, prog: str) -> str:
    """The text with `python -m ROOM` replaced by `feed ROOM` where the program was started by `feed`.

    >>> as_started("run: python -m feed_dataset index DIR", "feed dataset")
    'run: feed dataset index DIR'
    """
    return _MODULE.sub(rf"{SCRIPT} \1", text) if prog.partition(" ")[0] == SCRIPT else text
