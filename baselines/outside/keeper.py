"""A small process around one command: starts it, ends all of it, and says how much memory it took. Run as a script.

    python -I -S keeper.py STDOUT STDERR FOLDER COUNT NAME=VALUE ... COMMAND ...

COUNT variables are set for the command. It says "started PID SECONDS", or "refused ERRNO", and then "ended STATUS
BYTES SECONDS", on the clock of `time.monotonic`. The command gets a process group of its own. Of that nothing is left
when the command ends, or when stdin of this process closes: whoever started it wants no more of it, or was killed.

A process apart because a system counts memory of whoever starts a program as the program's: what a harness with its
networks loaded would start itself would all seem to need gigabytes. It imports next to nothing: every case pays for it.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

_SIGKILL, _SIGPIPE, _SIGXFSZ = 9, 13, 25  # the module `signal` takes as long to load as all the rest
_RSS_BYTES = 1 if sys.platform == "darwin" else 1024


def main(stdout: str, stderr: str, folder: str, count: str, *words: str) -> None:
    """Keep one command."""
    command = words[int(count) :]
    for word in words[: int(count)]:
        name, _, os.environ[name] = word.partition("=")
    started_s = time.monotonic()
    try:
        os.chdir(folder)
        group = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
                (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
            ],
            setsid=True,
            setsigdef=[_SIGPIPE, _SIGXFSZ],  # Python ignores them, and who is started would, too
        )
    except OSError as error:
        _say(f"refused {error.errno}")
        return
    _say(f"started {group} {started_s}")
    kept = _thread.allocate_lock()  # until the group's number may belong to somebody else

    def watch() -> None:
        while os.read(0, 1):
            pass
        with kept:
            _end(group)

    _thread.start_new_thread(watch, ())
    os.waitid(os.P_PID, group, os.WEXITED | os.WNOWAIT)
    ended_s = time.monotonic()
    kept.acquire()
    _end(group)
    _, status, used = os.wait4(group, 0)
    _say(f"ended {status} {used.ru_maxrss * _RSS_BYTES} {ended_s}")


def _end(group: int) -> None:
    try:
        os.killpg(group, _SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _say(line: str) -> None:
    try:
        os.write(1, f"{line}\n".encode())
    except BrokenPipeError:
        pass  # nobody is left to be told


if __name__ == "__main__":
    main(*sys.argv[1:])
