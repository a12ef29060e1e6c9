from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from benchmark.ceilings.shipped import ceilings_of
from leaderboard.cli import main
from leaderboard.rules.known import known_protocols
from leaderboard.seeds import seeds
from leaderboard.store import Store
from leaderboard.web.source import SiteSource
from scripts.seed_leaderboard import METHODS, ceilings


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeded") / "leaderboard.sqlite3"
    assert main(["seed", "--db", str(path)]) == 0
    return path


def test_every_protocol_whose_data_ships_has_a_seed(seeded: Path) -> None:
    embedded = {name for name, known in known_protocols().items() if known.cases is not None}
    groups = Store(seeded).groups()
    assert {group.protocol for group in groups} == embedded == set(METHODS)
    for group, entries in groups.items():
        assert group.case_limit is None
        assert set(METHODS[group.protocol]) <= {entry.method for entry in entries}


def test_seeds_are_stored_once(seeded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Store(seeded).revision()
    assert main(["seed", "--db", str(seeded)]) == 0
    assert capsys.readouterr().out.count("there already") == len(METHODS)
    assert Store(seeded).revision() == before


def test_shipped_ceilings_are_those_of_the_benchmark() -> None:
    text = (files("leaderboard") / "data" / "seed" / "ceilings.json").read_text(encoding="utf-8")
    shipped = {entry["protocol"]: entry for entry in json.loads(text)}
    for seed in seeds():
        results = seed.submission.results
        assert shipped[results.protocol.name] == json.loads(json.dumps(ceilings(results)))
        assert ceilings_of(results).refused == ""


def test_a_seeded_table_has_ceilings_and_bounds_as_reference_rows(seeded: Path) -> None:
    site = SiteSource(Store(seeded)).site()
    board = site.board("feed-mini-cross-v4")
    assert board is not None
    assert {row.method for row in board.references} >= {"copy-source", "copy-driver", "exact-render"}
    assert {row.method for row in board.methods} == {
        "emoportraits",
        "mesh-warp",
        "mesh-warp-absolute",
        "keypoint-warp",
    }
    perfect = board.row("ceiling:exact-render")
    assert perfect is not None and perfect.submission is None
    assert perfect.cells["pose_error_deg[mesh478]"].coverage == "24 of 28"  # the photograph cannot be rendered


def test_every_seed_has_clips_that_players_keep_in_step(seeded: Path) -> None:
    site = SiteSource(Store(seeded)).site()
    for board in site.boards:
        (number,) = {row.submission for row in board.compared}
        clips = site.clips(number or 0)
        assert clips, board.slug
        for case in {case for _, case in clips}:
            assert len({clip.fps for (_, one), clip in clips.items() if one == case}) == 1, (board.slug, case)
