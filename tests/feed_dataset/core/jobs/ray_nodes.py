"""Several Ray nodes in one host, as machines of a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
_OBJECT_STORE_BYTES = 80 << 20  # the least that Ray takes


@dataclass(frozen=True)
class Nodes:
    """A cluster; its head has no room for workers."""

    address: str
    _cluster: Any
    _nodes: list[Any]

    def lose_one(self) -> None:
        """SIGKILL to everything of one node, as when its power fails."""
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)


@contextmanager
def nodes(count: int) -> Iterator[Nodes]:
    """A head and some nodes with one core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES},
    )
    try:
        added = [
            cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE_BYTES, wait=False) for _ in range(count)
        ]
        cluster.wait_for_nodes()
        yield Nodes(cluster.address, cluster, added)
    finally:
        cluster.shutdown()
