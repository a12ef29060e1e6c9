"""Tools of a worker on another machine, which has to compute what this one would: the same packages and networks."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.environment import describe_environment
from benchmark.engine.tools import Tools, start_tools
from benchmark.features.types.extractor import Compute
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import WeightsUnavailable

_NO_MATTER = frozenset({"matplotlib", "pydantic"})
"""Of the packages of a report those that no worker computes with."""


@dataclass(frozen=True)
class RemoteStart:
    """Makes the tools of a worker, where it is what the machine that has the run is.

    Args:
        packages: version by name of those that can change a number.
        reader: what decodes videos.
        networks: sha256 by name.
        files: by name of networks, to be put into the cache of machines that lack them.
    """

    compute: Compute
    packages: Mapping[str, str]
    reader: str | None
    networks: Mapping[str, str]
    files: Mapping[str, Path]

    @classmethod
    def like_here(cls, compute: Compute, networks: Mapping[str, str], *, brings_files: bool = False) -> RemoteStart:
        """What workers have to have in order to compute what this machine would.

        Args:
            networks: sha256 by name.
            brings_files: machines that lack a network get this one's file.
        """
        from feed_dataset.core.weights import resolve

        here = describe_environment()
        packages = {name: one for name, one in here.packages.items() if name not in _NO_MATTER}
        files = {name: resolve(name, fetch=False) for name in networks} if brings_files else {}
        return cls(compute, packages, here.reader, dict(networks), files)

    def __call__(self) -> Tools:
        """The tools.

        Raises:
            BenchmarkError: this machine has other versions, another reader, no GPU, or other networks; names them.
        """
        from feed_dataset.core.weights import import_file

        found = describe_environment()
        ours = {"reader": found.reader, **found.packages}
        for name, wanted in {"reader": self.reader, **self.packages}.items():
            if ours.get(name) != wanted:
                raise self._differs(f"{name} {wanted}", f"{ours.get(name) or 'none'}")
        if self.compute.device != "cpu":
            import torch

            if not torch.cuda.is_available():
                raise self._differs(f"the device {self.compute.device}", "no CUDA device")
        for name, wanted in self.networks.items():
            sha256 = _sha256(name)
            if sha256 is None and name in self.files:
                import_file(name, self.files[name])
                sha256 = _sha256(name)
            if sha256 != wanted:
                raise self._differs(f"the network {name} ({wanted[:12]})", sha256[:12] if sha256 else "none")
        return start_tools(self.compute)

    def _differs(self, wanted: str, found: str) -> BenchmarkError:
        return BenchmarkError(
            f"expected {wanted} on every machine, as where the run began, but {socket.gethostname()} has {found}"
        )


def _sha256(name: str) -> str | None:
    from feed_dataset.core.weights import sha256_of

    try:
        return sha256_of(name)
    except WeightsUnavailable:
        return None
