"""Values of languages that a method's hearing never learned are marked, and each language has a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.report.breakdown import breakdown_grids, score_grid
from benchmark.report.grid import Cell
from benchmark.report.languages import UNHEARD, spoken, unheard_legend
from benchmark.report.method_cards import label_of, method_views
from benchmark.report.single_cases import breakdowns, case_table
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import CardRecord, Results
from tests.leaderboard.honest import honest

METRIC = "m_p[mesh478]"
NAMES = ["mine", "mine+still-head", "mine+shuffled-audio", "mine+silent-audio", "copy-source"]


@pytest.fixture(scope="module")
def results() -> Results:
    """A method that learned English alone, with its controls, beside one that hears nothing."""
    made = honest(NAMES, protocol="feed-mini-sound", limit=None, missing=("syncnet-v2",))
    plain = {name: None for name in CardRecord.model_fields}
    card = CardRecord.model_validate({**plain, "drives": ["audio"], "hears": ["English"]})
    methods = [one.model_copy(update={"card": card}) if "mine" in one.name else one for one in made.methods]
    return made.model_copy(update={"methods": methods})


def test_rows_that_hear_the_cases_own_sound_are_marked(results: Results) -> None:
    marked = [name for name in NAMES if label_of(results, name).endswith(UNHEARD)]
    assert marked == ["mine", "mine+still-head"], "the other controls hear another sound, or none"
    legend = unheard_legend(results)
    assert "(mine: English; here also Mandarin, Spanish; mine+still-head: English;" in legend
    assert score_grid(results, [METRIC], NAMES).notes[-1] == legend
    assert ("hears, by training", "English") in method_views(results)[0].facts


def test_each_language_has_a_line_and_those_never_learned_a_sign(results: Results) -> None:
    (grid,) = breakdown_grids(results, "language", [METRIC], NAMES)
    assert [row[0] for row in grid.rows] == ["English", "Mandarin", "Spanish", "all"]
    for row in grid.rows:
        signs = [isinstance(cell, Cell) and cell.text.endswith(UNHEARD) for cell in row[1:]]
        assert signs == [row[0] in ("Mandarin", "Spanish")] * 2 + [False] * 3
        assert isinstance(row[-1], Cell) and row[-1].small.endswith("/12" if row[0] == "all" else "/4")
    assert "language" in [one.by for one in breakdowns(results, NAMES)]


def test_every_case_says_its_language(results: Results) -> None:
    table = case_table(results, NAMES, "mine")
    assert table.has_languages
    for line in table.lines:
        values = [text for text, sort in line.numbers if sort]
        foreign = line.language != "English" and line.method in ("mine", "mine+still-head")
        assert all(text.endswith(UNHEARD) == foreign for text in values)


def test_other_data_says_no_language(results: Results) -> None:
    other = results.model_copy(update={"data": results.data.model_copy(update={"digest": "of other files"})})
    assert spoken(other) == {} and unheard_legend(other) == "" and label_of(other, "mine") == "mine"
    assert not case_table(other, NAMES, "mine").has_languages
    with pytest.raises(BenchmarkError, match="expected data that says which language is spoken"):
        breakdown_grids(other, "language", [METRIC], NAMES)


def test_show_results_by_language(results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.save(tmp_path / "results.json")
    arguments = ["show-results", str(tmp_path / "results.json"), "--by", "language", "--metrics", METRIC]
    assert main([*arguments, "--format", "csv"]) == 0
    assert "Mandarin" in capsys.readouterr().out
