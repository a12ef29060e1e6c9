from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.schema import (
    Aggregate,
    CaseRow,
    DataRecord,
    Environment,
    MethodRecord,
    NotComputed,
    ProtocolRecord,
    Results,
    summarise,
)
from leaderboard.store import Store
from tests.leaderboard.postgres import NoPostgres, Server, running_postgres

CASE_IDS = ["S05-a--S06", "S05-b--S07", "S06-a--S05", "S06-b--S08"]
CASE_METRICS = {"csim[dlib]": True, "pose_error_deg[mesh468]": False}


def make_results(
    methods: tuple[str, ...] = ("emoportraits", "copy-source"),
    *,
    protocol: str = "bench",
    seed: int = 0,
    limit: int | None = None,
) -> Results:
    """A small consistent file: two case metrics, one set metric, one that was not computed."""
    generator = random.Random(seed)
    rows, aggregates = [], []
    for method in methods:
        for metric, better in CASE_METRICS.items():
            mine = [
                CaseRow(
                    method=method,
                    case_id=case,
                    cluster=case[:3],
                    source_cluster=case[-3:],
                    metric=metric,
                    value=generator.random(),
                    frames_expected=25,
                    frames_scored=25,
                )
                for case in CASE_IDS
            ]
            rows += mine
            value, low, high = summarise(mine)
            aggregates.append(
                Aggregate(
                    method=method,
                    metric=metric,
                    level="case",
                    value=value,
                    ci_low=low,
                    ci_high=high,
                    cases_expected=4,
                    cases_scored=4,
                    cases_failed=0,
                    higher_is_better=better,
                    unit="deg" if "deg" in metric else "",
                )
            )
        aggregates += [
            Aggregate(
                method=method,
                metric="fd[dlib]",
                level="set",
                value=12.5,
                cases_expected=4,
                cases_scored=4,
                cases_failed=0,
                higher_is_better=False,
                unit="",
            ),
            Aggregate(
                method=method,
                metric="fid[inception]",
                level="set",
                value=None,
                cases_expected=4,
                cases_scored=0,
                cases_failed=0,
                higher_is_better=False,
                unit="",
                not_computed=NotComputed(needs="inception", command="python -m benchmark weights get inception"),
            ),
        ]
    return Results(
        protocol=ProtocolRecord(
            name=protocol,
            version="1",
            case_list_sha256="a" * 64,
            case_ids=CASE_IDS,
            size_px=256,
            frames_per_case=25,
            seed=1,
            limit=limit,
        ),
        data=DataRecord(name="feed-mini", digest="d" * 64, synthetic=True),
        methods=[
            MethodRecord(name=m, licence="Apache-2.0", weights_sha256=None, seconds_generate=1.5) for m in methods
        ],
        rows=rows,
        aggregates=aggregates,
        failures=[],
        networks={"dlib": "b" * 64},
        environment=Environment(python="3.11", platform="linux", packages={}, device="cpu", reader="pyav"),
        timings_s={"generate": 1.0},
        created_at="2026-01-01T00:00:00+00:00",
        command="python -m benchmark run",
    )


@pytest.fixture
def results() -> Results:
    return make_results()


@pytest.fixture
def make() -> Callable[..., Results]:
    return make_results


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "store" / "leaderboard.sqlite3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server; skips by name where there is none."""
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as error:
        pytest.skip(f"PostgreSQL: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, database: Path) -> str:
    """Where an empty leaderboard may be made: a test that uses it runs with each database."""
    if request.param == "sqlite":
        return str(database)
    server: Server = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def board(place: str, tmp_path: Path) -> Iterator[Store]:
    """An empty leaderboard in each database, with a folder for files."""
    store = Store(place, files=tmp_path / "files")
    yield store
    store.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], Path]:
    """Write a document (or text, or bytes) as a results file."""
    import json

    def _write(content: Any) -> Path:
        path = tmp_path / "results.json"
        if isinstance(content, Results):
            content.save(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return _write
