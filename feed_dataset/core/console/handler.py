"""The one handler of all command lines: what a user sees when a command fails, is stopped, or is read no further."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable

from feed_dataset.core.console.parser import as_started
from feed_dataset.core.console.streams import finish_output, prepare_output, reader_is_gone
from feed_dataset.core.jobs.cache_folder import CACHE_VARIABLE, cache_folder
from feed_dataset.core.jobs.errors import FeedError

EXIT_WRONG_INPUT = 2
EXIT_INTERRUPTED = 130
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DISK = (*_FULL, errno.EROFS, errno.EFBIG, errno.EIO)

logger = logging.getLogger(__name__)


def run_guarded(action: Callable[[], int], prog: str) -> int:
    """Run a command so that it always ends in a way that a user understands.

    Args:
        action: the command; returns its exit code.
        prog: how the program was started, such as `feed model` or `python -m model`.

    Returns:
        The action's own code; 2 for wrong input, a missing network or a place that cannot be written, with one line on
        stderr; 130 after Ctrl-C; 0 where the reader of the output has gone, as after `| head`.

    Raises:
        SystemExit: help was printed, or argparse refuses the arguments.
        Exception: an error in this software, after a line that says so.
    """
    prepare_output()
    try:
        code = action()
        if sys.stdout is not None:
            sys.stdout.flush()  # a pipe that broke shows here at the latest
        return code
    except KeyboardInterrupt:
        _say("interrupted; run the same command again: it continues where it can")
        return EXIT_INTERRUPTED
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich ends the program itself
            return 0
        raise
    except FeedError as error:
        logger.debug("where it happened", exc_info=error)
        _say(as_started(f"error: {error}", prog))
        return EXIT_WRONG_INPUT
    except OSError as error:
        if isinstance(error, BrokenPipeError) and reader_is_gone():
            return 0
        if error.errno not in _DISK and error.filename is None:
            _announce_bug()
            raise
        logger.debug("where it happened", exc_info=error)
        _say(f"error: {describe(error)}")
        return EXIT_WRONG_INPUT
    except Exception:
        _announce_bug()
        raise
    finally:
        finish_output()


def describe(error: OSError) -> str:
    """One line for a file or folder that cannot be used: which, why, what to do."""
    place = "the output" if error.filename is None else os.fsdecode(error.filename)
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return f"cannot write {place}: {reason}; make space, the same command continues"
    if os.path.abspath(place).startswith(os.path.join(os.path.abspath(cache_folder()), "")):
        return f"cannot use {place}: {reason}; name another folder with {CACHE_VARIABLE}"
    return f"cannot use {place}: {reason}"


def _announce_bug() -> None:
    _say("this is an error in the software, not in your input; please report it with the lines below:")


def _say(line: str) -> None:
    try:
        print(" ".join(line.split()), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        finish_output()
