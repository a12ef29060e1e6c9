"""Who may do a piece of work: one at a time, also when an owner dies, and nobody for ever."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from feed_dataset.core.jobs import claims as module
from feed_dataset.core.jobs.claims import Claims, Owner

QUICK = {"heartbeat_s": 0.05, "stale_after_s": 0.4}
HOLDER = """
import sys, time
from pathlib import Path
from feed_dataset.core.jobs.claims import Claims
with Claims(Path(sys.argv[1]), 0.05, 0.4).hold("a", "a long job") as ours:
    print(ours, flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the claim `a`."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "True\n"
    return process


def test_one_at_a_time_and_released_at_the_end(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims")
    with claims.hold("a") as first, claims.hold("a") as second, claims.hold("b") as other:
        assert (first, second, other) == (True, False, True)
    with claims.hold("a") as again:
        assert again
    claims.clean()
    assert not claims.folder.exists()


def test_a_heartbeat_keeps_a_claim_alive(tmp_path: Path) -> None:
    claims = Claims(tmp_path, **QUICK)
    with claims.hold("a", "a long job"):
        time.sleep(0.8)
        (found,) = claims.all()
        assert not found.is_stale and found.age_s < 0.4
        assert found.owner is not None and (found.owner.pid, found.owner.about) == (os.getpid(), "a long job")


def test_a_killed_owner_of_this_machine_is_followed_at_once(tmp_path: Path) -> None:
    process = holder(tmp_path)
    claims = Claims(tmp_path)  # a minute without a heartbeat is not waited for
    with claims.hold("a") as ours:
        assert not ours
    process.send_signal(signal.SIGKILL)
    process.wait()
    with claims.hold("a") as ours:
        assert ours


def test_an_owner_of_another_machine_is_followed_after_its_last_heartbeat(tmp_path: Path) -> None:
    claims = Claims(tmp_path, **QUICK)
    far = replace(Owner.this_process("far away"), host="elsewhere", pid=1)
    (tmp_path / "a.claim").write_text(json.dumps(vars(far)))
    with claims.hold("a") as ours:
        assert not ours
    time.sleep(0.6)
    with claims.hold("a") as ours:
        assert ours


DAY_S = 86_400.0


@pytest.mark.parametrize("moved_s", [DAY_S, -DAY_S], ids=["forwards", "back"])
def test_a_clock_that_is_set_takes_no_work_from_its_owner(tmp_path: Path, moved_s: float) -> None:
    """By a day: an owner at work shows itself at its next heartbeat, one that is gone is followed all the same."""
    claims, path = Claims(tmp_path, **QUICK), tmp_path / "a.claim"
    with claims.hold("a"):
        owner = path.read_text()
        set_to = time.time() - moved_s
        os.utime(path, (set_to, set_to))  # its last heartbeat, as the new clock sees it
        with claims.hold("a") as ours:
            assert not ours
        os.utime(path, (set_to, set_to))
        claims.clean()
        assert path.read_text() == owner
    far = replace(Owner.this_process("far away"), host="elsewhere", pid=1)
    path.write_text(json.dumps(vars(far)))
    os.utime(path, (set_to, set_to))
    with claims.hold("a") as ours:
        assert ours


def test_a_full_disk_leaves_no_part_of_a_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.json, "dump", fail)
    with pytest.raises(OSError, match="No space left") as caught, Claims(tmp_path).hold("a"):
        pass
    assert caught.value.filename == str(tmp_path) and list(tmp_path.iterdir()) == []


def test_another_process_of_the_same_pid_is_not_the_owner() -> None:
    owner = Owner.this_process("")
    assert not owner.is_gone
    assert replace(owner, started="1").is_gone
    assert not replace(owner, started="1", host="elsewhere").is_gone


def test_of_many_that_find_a_stale_claim_one_takes_it(tmp_path: Path) -> None:
    far = replace(Owner.this_process(""), host="elsewhere")
    path = tmp_path / "a.claim"
    path.write_text(json.dumps(vars(far)))
    os.utime(path, (0, 0))
    claims, taken, barrier = Claims(tmp_path, heartbeat_s=0.05), [], threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        with claims.hold("a") as ours:
            taken.append(ours)
            barrier.wait()  # nobody lets go before all have tried

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_who_died_while_taking_over_is_followed(tmp_path: Path) -> None:
    claims = Claims(tmp_path, **QUICK)
    gone = replace(Owner.this_process(""), host="elsewhere")
    path = tmp_path / "a.claim"
    path.write_text(json.dumps(vars(gone)))
    os.utime(path, (0, 0))
    with claims._alone(path, gone) as alone:
        assert alone
        (marker,) = tmp_path.glob(".taking-*")
        with claims.hold("a") as ours:
            assert not ours  # somebody is at it
    marker.touch()  # of a process that is no more
    os.utime(marker, (0, 0))
    with claims.hold("a") as ours:
        assert not ours
    with claims.hold("a") as ours:
        assert ours


def test_a_claim_that_was_taken_over_is_not_released_by_its_old_owner(tmp_path: Path) -> None:
    claims, path = Claims(tmp_path, **QUICK), tmp_path / "a.claim"
    with claims.hold("a"):
        new = Owner.this_process("new")
        path.write_text(json.dumps(vars(new)))
    assert json.loads(path.read_text())["token"] == new.token


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_damaged_claim_counts_until_it_is_old(tmp_path: Path, content: str) -> None:
    claims, path = Claims(tmp_path, heartbeat_s=0.05), tmp_path / "a.claim"
    path.write_text(content)
    with claims.hold("a") as ours:
        assert not ours
    os.utime(path, (0, 0))
    assert claims.all()[0].is_stale
    with claims.hold("a") as ours:
        assert ours


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(module.os, "link", refuse)
    claims = Claims(tmp_path)
    with claims.hold("a") as first, claims.hold("a") as second:
        assert (first, second) == (True, False)


def test_a_turn_is_waited_for(tmp_path: Path) -> None:
    claims, order = Claims(tmp_path), []

    def second() -> None:
        with claims.turn("a"):
            order.append("second")

    with claims.turn("a"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
