"""Rate limits: buckets that fill with time, one for each token and each address.

They are kept in the process: in the database, every reader would wait for a writer. Several servers on one database
each have their own, and a restart fills all buckets.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_BUCKETS = 50_000


class RateLimit:
    """Buckets by name.

    Args:
        per_s: how fast one fills.
        burst: how many requests a full one allows at once.
        clock: seconds.
    """

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._each_s = 1 / per_s
        self._saved_s = (max(burst, 1.0) - 1) / per_s
        self._clock = clock
        self._full_at_s: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, name: str) -> int:
        """Take one from a bucket: 0, or after how many whole seconds there will be one."""
        now = self._clock()
        full_at = max(self._full_at_s.get(name, now), now)
        wait = full_at - now - self._saved_s
        if wait > 0:
            return max(math.ceil(wait), 1)
        self._full_at_s[name] = full_at + self._each_s
        self._full_at_s.move_to_end(name)
        if len(self._full_at_s) > _MOST_BUCKETS:
            self._full_at_s.popitem(last=False)  # of whoever was silent for longest
        return 0


def network_of(address: str) -> str:
    """Who is behind an address: itself, or of IPv6 the network of 64 bits that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket of this machine
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
