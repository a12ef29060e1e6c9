"""A connection to a Ray cluster, or a cluster on this machine. What Ray does badly when there is none is done here."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from feed_dataset.core.jobs.errors import FeedError, words_of

ADDRESS_VARIABLE = "RAY_ADDRESS"
"""Where the cluster is, when no address is given; jobs of a cluster have it set."""
LOCAL = "local"

_INSTALL = 'pip install "feed-benchmark[ray]"'
_CONNECT_S = 5.0
_HEALTH_S = 45.0  # most of it is the import of Ray
_OBJECT_STORE_BYTES = 256 << 20  # answers are small; the default is a third of the memory


@dataclass(frozen=True)
class RayCluster:
    """An open connection.

    Args:
        ray: the module.
        address: as given, or "local".
    """

    ray: Any
    address: str

    def room_for(self, cpus: float, gpus: float) -> int:
        """How many workers of such a size the machines that are there now can hold together."""
        fits = 0
        for node in self.ray.nodes():
            if node["Alive"]:
                has = node["Resources"]
                of_cpus = has.get("CPU", 0.0) // cpus if cpus else float("inf")
                of_gpus = has.get("GPU", 0.0) // gpus if gpus else float("inf")
                fits += int(min(of_cpus, of_gpus))
        return fits

    def close(self) -> None:
        self.ray.shutdown()


def check_installed() -> None:
    """Look for Ray without importing it. Raises FeedError where it is not installed."""
    found = find_spec("ray")
    if found is None or found.origin is None:  # a folder that happens to be called ray has no origin
        raise FeedError(f"expected the package ray but it is not installed; get it with: {_INSTALL}")


def connect(address: str | None, *, local_workers: int) -> RayCluster:
    """Connect to a cluster, or start one of this machine.

    Args:
        address: "HOST:PORT", "auto" for the cluster that this machine belongs to, or "local" for a new one that ends
            with this process. None takes $RAY_ADDRESS, else "local".
        local_workers: how many workers a new one has room for, whatever the number of cores.

    Raises:
        FeedError: Ray is not installed, the address is none, nothing answers there, or Ray or Python are of another
            version there.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before the import: nothing is sent home
    check_installed()
    chosen = address or os.environ.get(ADDRESS_VARIABLE) or LOCAL
    if chosen not in (LOCAL, "auto"):
        _check_reachable(chosen)
    import ray

    if ray.is_initialized():
        raise FeedError("expected no connection to Ray in this process but there is one; call ray.shutdown() before")
    more = {} if chosen != LOCAL else _local(local_workers)
    try:
        ray.init(address=chosen, log_to_driver=False, configure_logging=False, **more)
    except (Exception, SystemExit) as error:  # Ray leaves the process where it cannot connect
        advice = "start it with: ray start --head" if chosen == "auto" else "see its logs below /tmp/ray"
        raise FeedError(f"expected a Ray cluster at {chosen} but got: {_first_line(error)}; {advice}") from error
    return RayCluster(ray, chosen)


def _local(workers: int) -> dict[str, Any]:
    return {"num_cpus": workers, "include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES}


def _check_reachable(address: str) -> None:
    """Ask what listens there: Ray itself waits for two minutes and then ends the process.

    Raises:
        FeedError: nothing does, or no Ray cluster.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in address or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise FeedError(f"expected a Ray address HOST:PORT, auto or local but got {address!r}")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
    except OSError as error:
        raise FeedError(
            f"expected a Ray cluster at {address} but nothing answers there ({words_of(error)}); start it with:"
            f" ray start --head --port={port}"
        ) from error
    command = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
    try:
        healthy = subprocess.run(command, capture_output=True, timeout=_HEALTH_S).returncode == 0
    except subprocess.TimeoutExpired:
        healthy = False
    if not healthy:
        raise FeedError(
            f"expected a Ray cluster at {address} but what answers there is none, or one that needs another token"
            " (RAY_AUTH_TOKEN) or another version of Ray"
        )


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}"
