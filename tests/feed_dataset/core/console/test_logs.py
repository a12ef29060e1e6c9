from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from feed_dataset.core.console.logs import configure
from feed_dataset.core.jobs.errors import FeedError


@pytest.fixture(autouse=True)
def _same_logging_afterwards() -> Iterator[None]:
    root, room = logging.getLogger(), logging.getLogger("room_of_a_test")
    handlers, level = list(root.handlers), room.level
    yield
    root.handlers[:] = handlers
    room.setLevel(level)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, "step 1\nwarning: slow\n"),
        ("debug", "debug: why\nstep 1\nwarning: slow\n"),
        ("WARNING", "warning: slow\n"),
    ],
)
def test_as_much_as_was_asked_for(
    level: str | None, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FEED_LOG", raising=False)
    if level is not None:
        monkeypatch.setenv("FEED_LOG", level)
    for _ in range(2):  # lines come once, however often a command runs in one process
        configure(["room_of_a_test"])
    logger = logging.getLogger("room_of_a_test.module")
    logger.debug("why")
    logger.info("step %d", 1)
    logger.warning("slow")
    assert capsys.readouterr().err == expected


def test_an_unknown_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_LOG", "debgu")
    with pytest.raises(FeedError, match="did you mean 'debug'"):
        configure([])
