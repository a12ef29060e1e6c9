from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason='the extra "server" is not installed')

from leaderboard.server import limits  # noqa: E402
from leaderboard.server.limits import RateLimit, network_of  # noqa: E402


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    limit = RateLimit(0.5, 3, clock)
    assert [limit.wait_s("a") for _ in range(5)] == [0, 0, 0, 2, 2]
    clock.s = 2.0
    assert [limit.wait_s("a"), limit.wait_s("a")] == [0, 2]
    clock.s = 1000.0
    assert [limit.wait_s("a") for _ in range(4)] == [0, 0, 0, 2]  # no more than a burst is saved


def test_names_are_apart() -> None:
    limit = RateLimit(1, 1, Clock())
    assert [limit.wait_s(name) for name in ("a", "b", "a")] == [0, 0, 1]


def test_waiting_is_not_longer_for_those_who_ask_meanwhile() -> None:
    clock = Clock()
    limit = RateLimit(0.1, 1, clock)
    limit.wait_s("a")
    for second in range(1, 10):
        clock.s = float(second)
        assert limit.wait_s("a") == 10 - second
    clock.s = 10.0
    assert limit.wait_s("a") == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_BUCKETS", 3)
    limit = RateLimit(1e-9, 1, Clock())
    for name in "abcd":
        limit.wait_s(name)
    assert limit.wait_s("d") > 0 and limit.wait_s("a") == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_who_is_behind_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
