"""The results file: everything that a run found out, with how it was found out.

Rows are per (method, case, metric); aggregates are derived from them and can be derived again by anybody
(`benchmark.results.rederiving`). Nothing here imports an array library until something is derived, so that a
leaderboard can read results without installing any network.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from benchmark.results.errors import ResultsError
from benchmark.results.loading import MAX_BYTES, read_object, validate_items
from benchmark.results.preferences import StudyRecord
from benchmark.results.records import Bytes, Count, Name, Positive, Record, Seconds, Seed, Sha256, Text
from feed_dataset.core.jobs.atomic import replacing

SCHEMA_VERSION = "1.4"
RESULTS_FILE = "results.json"  # in a run's folder
TOLERANCE = 1e-9  # aggregates must equal the mean of their rows to this, relative to max(1, |mean|)
REFERENCE_ROW = "reference"
"""Name of the row of the references themselves: it has no comparison with a reference, and no rank."""
_VOLATILE = ("created_at", "timings_s", "environment", "command", "doctor")
_LATER = ("compute", "extractors", "notes", "inputs", "studies")  # parts that older files do not have
_LATER_OF_PROTOCOL = ("settings",)
_LATER_OF_METHODS = ("reads_with", "card", "version", "code_sha256", "setting_sha256", "outputs")
_LATER_OF_CARDS = ("hears",)
_WITHOUT_SOURCES = ("1.0", "1.1")

_MANY = 100_000  # names or notes of one file
ContentIds = Annotated[list[Sha256 | None], Field(max_length=_MANY)]


class Failure(Record):
    """How many frames of one case failed for one reason."""

    reason: Text
    count: Positive


class CaseRow(Record):
    """One metric of one method on one case; `value` is None when no frame could be scored.

    Args:
        cluster: the driver's person. Cases of one driver are not independent of each other.
        source_cluster: the source's person, or the photograph; likewise. None in files before 1.2, which do not say
            it: they are clustered by driver alone.
    """

    method: Name
    case_id: Name
    cluster: Name
    source_cluster: Name | None = None
    metric: Name
    value: float | None
    frames_expected: Count
    frames_scored: Count
    failures: Annotated[list[Failure], Field(max_length=1000)] = []

    @model_validator(mode="after")
    def _frames_add_up(self) -> CaseRow:
        if self.frames_scored > self.frames_expected:
            raise ValueError(
                f"expected frames_scored <= frames_expected but got {self.frames_scored} >"
                f" {self.frames_expected} in {self.method}/{self.case_id}/{self.metric}"
            )
        return self


class NotComputed(Record):
    """Why a metric has no value for a method, and what to type to get it (None when nothing can be typed)."""

    needs: Text
    command: Text | None = None


class Aggregate(Record):
    """One metric of one method over all cases, with its confidence interval."""

    method: Name
    metric: Name
    level: Literal["case", "set"]
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    cases_expected: Count
    cases_scored: Count
    cases_failed: Count
    higher_is_better: bool | None
    unit: Annotated[str, Field(max_length=40)]
    not_computed: NotComputed | None = None
    extra: dict[Name, int | float | Text | Annotated[list[float], Field(max_length=10_000)] | None] = {}

    @model_validator(mode="after")
    def _cases_add_up(self) -> Aggregate:
        if self.not_computed is not None:
            # Neither scored nor failed: the metric itself could not be had.
            if self.value is not None or self.cases_scored or self.cases_failed:
                raise ValueError(f"expected no value and no cases beside not_computed in {self.method}/{self.metric}")
        elif self.cases_scored + self.cases_failed != self.cases_expected:
            raise ValueError(
                f"expected cases_scored + cases_failed == cases_expected but got {self.cases_scored} +"
                f" {self.cases_failed} != {self.cases_expected} in {self.method}/{self.metric}"
            )
        return self


class FailedCase(Record):
    """A case that has no frames to score, and why."""

    method: Name | None  # None: the data failed, hence the case fails for every method
    case_id: Name
    stage: Literal["data", "generate", "score"]
    reason: Text


class ProtocolRecord(Record):
    """Which protocol, and exactly which cases."""

    name: Name
    version: Name
    case_list_sha256: Sha256
    case_ids: Annotated[list[Name], Field(max_length=_MANY)]
    size_px: Positive
    frames_per_case: Positive
    seed: Seed
    limit: Positive | None = None  # set when only the first cases were run
    settings: dict[Name, Text] | None = None  # since 1.3: what else decides inputs and features, by name


class DataRecord(Record):
    """Which data, by content."""

    name: Name
    digest: Text
    synthetic: bool


class CardRecord(Record):
    """What a method's author says of it (`baselines.Capabilities`), and whom of the run's people it was trained on.

    None stands for unknown, of `size_px` and `fps` also for any. `hears`: languages that what it hears with was trained
    on; None also where sound does not drive. Files without it load as they are.
    """

    drives: Annotated[list[Name], Field(max_length=3)]
    size_px: Positive | None
    fps: Text | None
    crop: Name | None
    motion: Name | None
    frame_rule: Text | None
    lossless: bool | None = None
    needs_optimisation: bool | None
    needs_gpu: bool | None
    seeded: bool | None
    parallel_safe: bool | None
    trained_on: Annotated[list[Text], Field(max_length=1000)] | None
    seen_people: Annotated[list[Text], Field(max_length=_MANY)] | None
    hears: Annotated[list[Name], Field(max_length=1000)] | None = None
    python: Text | None
    torch: Text | None
    paper: Text | None
    repository: Text | None
    commit: Text | None


class SpeedRecord(Record):
    """How fast a method was: see `baselines.interface.speed.Speed`.

    The last three are there since commands and official repositories are timed; files without them load as they are.
    """

    load_s: Seconds | None
    warm_up_s: Seconds | None
    prepare_s: Seconds | None
    first_frame_s: Seconds | None
    frame_p50_s: Seconds | None
    frame_p95_s: Seconds | None
    frames: Count
    peak_memory_bytes: Bytes | None
    peak_gpu_bytes: Bytes | None
    start_to_frame_s: Seconds | None = None
    process_frame_s: Seconds | None = None
    unseen: Text | None = None


class InputsRecord(Record):
    """Content ids of what each case was made from, in the order of the cases; None where there was nothing."""

    drivers: ContentIds
    sources: ContentIds


class MethodRecord(Record):
    """Which method, with which weights; `reads_with`: networks with which it looks at faces, None if unknown.

    `card` and `speed` are there since methods have them; files without them load as they are. Since 1.3: what
    identifies its code (`version` is raised by its author, `code_sha256` is of a user's own file, `setting_sha256` of a
    command's settings), and `outputs`, the content ids of the frames that were scored, in the order of the cases.
    """

    name: Name
    licence: Text
    weights_sha256: Sha256 | None
    seconds_generate: Seconds
    reads_with: Annotated[list[Name], Field(max_length=100)] | None = None
    card: CardRecord | None = None
    speed: SpeedRecord | None = None
    version: Count | None = None
    code_sha256: Sha256 | None = None
    setting_sha256: Sha256 | None = None
    outputs: ContentIds | None = None


class Environment(Record):
    """The machine and libraries of the run; `code`: version and digest of this package's own code, since 1.3."""

    python: Text
    platform: Text
    packages: dict[Name, Text]
    device: Text
    reader: Text
    code: Text | None = None


class BootstrapRecord(Record):
    """Settings of intervals before 1.2, which resampled drivers alone; since then there is nothing to set."""

    seed: Seed = 0
    n_resamples: Annotated[int, Field(ge=1, le=100_000)] = 1000
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95


class ComputeRecord(Record):
    """Where and how precisely the networks of the metrics ran; float32 on the CPU is the reference."""

    device: Name
    precision: Literal["float32", "bfloat16"]


class DoctorRecord(Record):
    """One known answer of `python -m benchmark doctor` on the machine of the run."""

    check: Text  # what was done to the material, such as "mirrored"
    metric: Name
    expected: Text  # a value with its tolerance, or a direction
    got: float | Text | None
    passed: bool


class Results(Record):
    """A whole results file.

    Since 1.1: `compute`, `extractors`, `doctor`, `notes`; files of 1.0 have none of them. Since 1.2: every row has
    `source_cluster`, and intervals are two-way clustered (`benchmark.results.crossed`). Older files have `bootstrap`
    instead, and load as they are. Since 1.3: `inputs`, settings of the protocol, the code of methods and of this
    package, and content ids of the frames that were scored: what tells where a difference between two runs begins.
    Since 1.4: `studies`, what people preferred.
    """

    schema_version: Literal["1.0", "1.1", "1.2", "1.3", "1.4"] = "1.4"
    protocol: ProtocolRecord
    data: DataRecord
    methods: list[MethodRecord]
    rows: list[CaseRow]
    aggregates: list[Aggregate]
    failures: list[FailedCase]
    networks: dict[Name, Sha256]
    extractors: dict[Name, Text] | None = None  # preprocessing id of every feature that a metric reads, by extractor
    compute: ComputeRecord | None = None
    doctor: list[DoctorRecord] | None = None  # None: not asked
    inputs: InputsRecord | None = None
    notes: Annotated[list[Text], Field(max_length=_MANY)] | None = None  # what a reader must know besides the failures
    studies: Annotated[list[StudyRecord], Field(max_length=2)] | None = None  # since 1.4: one of each kind at most
    bootstrap: BootstrapRecord | None = None  # only before 1.2
    environment: Environment
    timings_s: dict[Name, Seconds]
    created_at: Text
    command: Text

    @property
    def clusters_sources(self) -> bool:
        """Whether intervals know that cases of one source depend on each other; before 1.2 they did not."""
        return self.schema_version not in _WITHOUT_SOURCES

    @model_validator(mode="after")
    def _sources_named(self) -> Results:
        older = not self.clusters_sources
        if (self.bootstrap is None) == older:
            raise ValueError(f"expected {'' if older else 'no '}bootstrap settings in schema {self.schema_version}")
        for row in self.rows:
            if (row.source_cluster is None) != older:
                got = "none" if row.source_cluster is None else repr(row.source_cluster)
                raise ValueError(
                    f"expected {'no' if older else 'a'} source_cluster in rows of schema {self.schema_version} but"
                    f" got {got} in {row.method}/{row.case_id}/{row.metric}"
                )
        return self

    @model_validator(mode="after")
    def _one_content_for_each_case(self) -> Results:
        found = {} if self.inputs is None else {"drivers": self.inputs.drivers, "sources": self.inputs.sources}
        found |= {f"outputs of {one.name}": one.outputs for one in self.methods if one.outputs is not None}
        for name, contents in found.items():
            if len(contents) != len(self.protocol.case_ids):
                raise ValueError(
                    f"expected one content of each of {len(self.protocol.case_ids)} cases but got {len(contents)}"
                    f" {name}"
                )
        return self

    @model_validator(mode="after")
    def _studies_of_these_methods(self) -> Results:
        studies, names = self.studies or [], {one.name for one in self.methods}
        if len({one.kind for one in studies}) < len(studies):
            raise ValueError("expected one study of each kind but got two")
        for one in studies:
            if not names & {row.method for row in one.rows}:
                raise ValueError(f"expected a study of methods of this file but the {one.kind} study has none of them")
        return self

    @classmethod
    def load(cls, path: Path | str, *, max_bytes: int = MAX_BYTES) -> Results:
        """Read and validate a results file.

        Raises:
            ResultsError: the file is missing, too large, not JSON, or breaks the schema (the first problems are
                listed).
        """
        return cls.of_content(read_object(Path(path), max_bytes=max_bytes), path)

    @classmethod
    def of_content(cls, content: dict[str, Any], path: Path | str) -> Results:
        """Validate what `read_object` gave; `path` says where it stands. Raises ResultsError."""
        try:
            for key, kind in _ITEMS.items():
                validate_items(content, key, partial(kind.model_validate, strict=True))
            return cls.model_validate(content, strict=True)
        except ValidationError as error:
            raise ResultsError(
                f"expected results of schema {SCHEMA_VERSION} but {path} has {_problems(error)}"
            ) from error

    def to_json(self) -> str:
        """Canonical text: sorted keys, floats that round-trip."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"

    def save(self, path: Path | str) -> None:
        """Write the file atomically."""
        write_text_atomic(Path(path), self.to_json())

    def fingerprint(self) -> str:
        """sha256 of everything that must be the same when the same run is repeated.

        Left out: timestamps, timings, the environment, the command line and the doctor's answers. A file keeps its
        fingerprint when the schema grows.
        """
        absent = {name for name in _LATER if getattr(self, name) is None}
        content: dict[str, Any] = self.model_dump(mode="json", exclude={*_VOLATILE, *absent})
        for method in content["methods"]:
            del method["seconds_generate"], method["speed"]
            if method["card"] is not None:
                _drop_absent(method["card"], _LATER_OF_CARDS)
            _drop_absent(method, _LATER_OF_METHODS)
        _drop_absent(content["protocol"], _LATER_OF_PROTOCOL)
        if self.clusters_sources:
            del content["bootstrap"]
        else:
            for row in content["rows"]:
                del row["source_cluster"]
        text = json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_pandas(self, table: Literal["rows", "aggregates"] = "rows") -> Any:
        """A table as `pandas.DataFrame`; needs the extra `pandas`.

        Args:
            table: "rows": one line for each method, case and metric, with `failures` as a count of frames;
                "aggregates": one line for each method and metric.

        Raises:
            ResultsError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ResultsError(
                "expected pandas but it is not installed; pip install 'feed-benchmark[pandas]'"
            ) from error
        return pandas.DataFrame(self._records(table))

    def to_parquet(self, path: Path | str, table: Literal["rows", "aggregates"] = "rows") -> None:
        """The same as a parquet file, written whole or not at all."""
        import pyarrow
        import pyarrow.parquet

        with replacing(Path(path)) as temporary:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(self._records(table)), temporary)

    def _records(self, table: Literal["rows", "aggregates"]) -> list[dict[str, Any]]:
        if table == "rows":
            return [
                {**row.model_dump(exclude={"failures"}), "frames_failed": sum(f.count for f in row.failures)}
                for row in self.rows
            ]
        if table == "aggregates":
            return [
                {
                    **aggregate.model_dump(exclude={"extra", "not_computed"}),
                    "needs": None if aggregate.not_computed is None else aggregate.not_computed.needs,
                }
                for aggregate in self.aggregates
            ]
        raise ResultsError(f"expected a table among rows, aggregates but got {table!r}")

    def aggregate(self, method: str, metric: str) -> Aggregate | None:
        """The aggregate of one method and metric, or None when the run has none."""
        return next((a for a in self.aggregates if a.method == method and a.metric == metric), None)

    def case_rows(self, method: str, metric: str) -> list[CaseRow]:
        """The per-case rows of one method and metric, in case order."""
        return [row for row in self.rows if row.method == method and row.metric == metric]


_ITEMS: dict[str, type[Record]] = {
    "rows": CaseRow,
    "aggregates": Aggregate,
    "failures": FailedCase,
    "methods": MethodRecord,
    "doctor": DoctorRecord,
    "studies": StudyRecord,
}
"""Lists that are validated item by item."""


def _drop_absent(content: dict[str, Any], names: Sequence[str]) -> None:
    """Leave out what an older file does not have, so that its fingerprint stays."""
    for name in names:
        if content[name] is None:
            del content[name]


def json_schema() -> str:
    """The JSON schema of a results file, as shipped in benchmark/results/results.schema.json."""
    return json.dumps(Results.model_json_schema(), indent=1, sort_keys=True) + "\n"


def write_text_atomic(path: Path, text: str) -> None:
    """Write `text` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def summarise(rows: Sequence[CaseRow]) -> tuple[float | None, float | None, float | None]:
    """Mean of the scored rows and its 95 % interval over drivers and sources; all None when nothing was scored."""
    from benchmark.results.crossed import Crossing, mean_of

    scored = [row for row in rows if row.value is not None]
    if not scored:
        return None, None, None
    crossing = Crossing.of([row.cluster for row in scored], [row.source_cluster for row in scored])
    mean = mean_of([row.value for row in scored if row.value is not None], crossing)
    low, high = mean.interval()
    return _finite(mean.value), _finite(low), _finite(high)


def close(a: float | None, b: float | None, tolerance: float = TOLERANCE) -> bool:
    """Whether two values are the same number, relative to max(1, |a|); None equals None alone."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= tolerance * max(1.0, abs(a))


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{error.title} {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found[:5]]
    return f"{len(found)} problem(s): {'; '.join(lines)}{'; ...' if len(found) > 5 else ''}"
