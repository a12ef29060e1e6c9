"""What a run is going to do: which cases, methods, metrics and networks, and where things are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from baselines.interface.method import Capabilities
from benchmark.engine.aggregate import metrics_named
from benchmark.engine.feature_jobs import FeatureSettings, feature_settings
from benchmark.engine.generate import Overwrite
from benchmark.engine.networks import NetworkStatus
from benchmark.features.types.extractor import Compute
from benchmark.metrics import Metric
from benchmark.protocols.cases import Case, CaseList
from benchmark.protocols.protocol import Protocol
from benchmark.results.schema import DataRecord


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
