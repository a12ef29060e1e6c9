"""One plan for everything that the engine does: which cases, which methods, which metrics, and where things lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmark.engine.inputs import Input
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.outputs import OutputKind
from benchmark.engine.panels import Panels
from benchmark.engine.settings import FeatureSettings, feature_settings
from benchmark.features.types.extractor import Compute
from benchmark.metrics import MetricCard
from benchmark.results.schema import CardRecord


@dataclass(frozen=True)
class PlannedCase:
    """One case.

    Args:
        cluster: the driver's person: cases of one are not independent of each other.
        source_cluster: the source's person, or the photograph: likewise.
        source: one image; None takes the driver's own first frame.
        source_label, driver_label: what reports call what is driven, and what drives it.
        judged_label: likewise what outputs are judged against, where that is another clip than drives.
        audio: the file with the reference's audio, or why there is none.
        has_reference: the driver's frames are also what should come out.
        seen: what a method sees in place of the driver's frames, one for each of them; None: those.
        problem: why there is nothing to do for any method.
        other_audio: a file with another clip's audio, for controls; None where there is none.
    """

    id: str
    cluster: str
    source_cluster: str
    source: Input | None
    source_label: str
    driver: Input | None
    driver_label: str
    audio: Path | str
    has_reference: bool
    no_source: str | None = None
    seen: Input | None = None
    problem: str | None = None
    judged_label: str | None = None
    other_audio: Path | None = None


@dataclass(frozen=True)
class PlannedMethod:
    """One row of the table.

    Args:
        origin: where its frames come from on this machine; methods of one name and another origin are not mixed.
        reads_with: networks with which the method looks at faces; None where nobody said.
        card: what else its author says of it; None of finished frames.
        version, code_sha256, setting_sha256: what identifies its code, as far as that is known.
    """

    name: str
    output: OutputKind
    licence: str = "not stated"
    has_latents: bool = False
    weights_sha256: str | None = None
    origin: str = ""
    reads_with: tuple[str, ...] | None = None
    card: CardRecord | None = None
    version: int | None = None
    code_sha256: str | None = None
    setting_sha256: str | None = None


@dataclass(frozen=True)
class PlannedProtocol:
    """What the results say of the protocol; what is None is taken from what was found.

    Args:
        crop_scale: of the square around the face; None where nothing is cropped.
        embed_every: slow descriptors are computed of every n-th frame.
        gives: what of a driver a method may see: "image", "audio", "pose".
    """

    name: str
    version: str
    seed: int
    embed_every: int
    size_px: int | None = None
    frames_per_case: int | None = None
    case_list_sha256: str | None = None
    limit: int | None = None
    gives: frozenset[str] = frozenset({"image"})
    crop_scale: float | None = None


@dataclass(frozen=True)
class PlannedData:
    """Which data; a digest of None is taken from the files' contents."""

    name: str
    digest: str | None
    synthetic: bool


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before work begins.

    Args:
        cases: in the order of the results.
        notes: what a reader must know besides what the run finds out; None where there is nothing of the kind.
        command: as typed.
        panels: what becomes of outputs that look like several pictures side by side.
        replaces: results in `out` that this run would lose may be replaced.
    """

    protocol: PlannedProtocol
    data: PlannedData
    cases: tuple[PlannedCase, ...]
    methods: tuple[PlannedMethod, ...]
    metrics: tuple[MetricCard, ...]
    networks: NetworkStatus
    out: Path
    command: str
    compute: Compute = Compute()
    notes: tuple[str, ...] | None = None
    panels: Panels = "fail"
    replaces: bool = False

    @property
    def predictions(self) -> Path:
        """Where generated frames lie, a folder for each method."""
        return predictions_folder(self.out)

    @property
    def thumbnails(self) -> Path:
        """Where the report's images lie."""
        return self.out / "thumbnails"

    @property
    def clips(self) -> Path:
        """Where the report's moving pictures lie."""
        return self.out / "clips"

    @cached_property
    def features(self) -> FeatureSettings:
        """Every feature that a metric reads and that can be had here."""
        return feature_settings(
            self.metrics,
            self.networks,
            features_folder(self.out),
            stride=self.protocol.embed_every,
            compute=self.compute,
        )


def features_folder(out: Path) -> Path:
    """Where the features of a run's videos lie."""
    return out / "features"


def predictions_folder(out: Path) -> Path:
    """Where a run's generated frames lie."""
    return out / "predictions"
