"""What a run is going to do: which cases, methods, metrics and networks, and where things are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from baselines.base import Capabilities
from benchmark.cases import Case, CaseList
from benchmark.extract.base import Compute
from benchmark.features import FeatureSettings, feature_settings
from benchmark.generate import Overwrite
from benchmark.metrics import Metric
from benchmark.networks import NetworkStatus
from benchmark.protocol import Protocol
from benchmark.results import DataRecord
from benchmark.score import metrics_named


@dataclass(frozen=True)
class MethodInfo:
    """What the results say about a method besides its numbers."""

    name: str
    capabilities: Capabilities
    weights_sha256: str | None


@dataclass(frozen=True)
class Plan:
    """Everything that a run needs to know before it starts."""

    protocol: Protocol
    case_list: CaseList
    cases: tuple[Case, ...]  # the first `limit` of the list
    limit: int | None
    data: DataRecord
    methods: tuple[MethodInfo, ...]
    networks: NetworkStatus
    out: Path
    overwrite: Overwrite
    command: str
    compute: Compute = Compute()

    @property
    def predictions(self) -> Path:
        return self.out / "predictions"

    @property
    def metrics(self) -> list[Metric]:
        return metrics_named(self.protocol.metrics)

    @property
    def features(self) -> FeatureSettings:
        """What is asked of every video and sound."""
        folder = self.out / "features"
        return feature_settings(
            self.metrics, self.networks, folder, stride=self.protocol.embed_every, compute=self.compute
        )
