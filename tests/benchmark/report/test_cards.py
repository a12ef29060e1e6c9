"""Metric cards say everything that the contract of a metric names, and the document shows them as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.metrics import CARDS
from benchmark.metrics.catalog import FAMILIES
from benchmark.report import cards as module
from benchmark.report.cards import facts, full_card, full_cards, lists, markdown, networks_markdown
from benchmark.results.errors import BenchmarkError
from scripts.render_metric_cards import BEGIN, END, FOLDER, INDEX, filled, pages

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def fresh_costs() -> Iterator[None]:
    module.measured_costs.cache_clear()
    yield
    module.measured_costs.cache_clear()


def test_every_card_is_complete() -> None:
    for metric_id in CARDS:
        one = full_card(metric_id)
        named = dict(facts(one))
        for label in ("Definition", "Direction and range", "Networks", "Preprocessing", "Cost", "Source"):
            assert named[label], (metric_id, label)
        assert dict(lists(one))["The doctor expects"], metric_id
        assert one.metric.pitfalls, f"{metric_id}: every number can mislead: say how"
        assert one.metric.summary.endswith("."), metric_id
        for network in one.networks:
            assert network.sha256 == "not published" or re.fullmatch(r"[0-9a-f]{8,64}", network.sha256), metric_id


def test_a_card_in_markdown() -> None:
    text = markdown(full_card("csim[dlib]"))
    assert text.startswith("### csim[dlib]\n")
    assert "- **Definition:** Mean over frames" in text
    assert "`dlib-face-resnet` (55533b28a958...)" in text
    assert "  - the source image all the time: 1 ± 1e-05" in text
    assert "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30" in networks_markdown(
        full_cards(["csim[dlib]"])
    )


def test_costs_are_those_that_were_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = {"machine": "4 cores", "seconds_per_1000_frames": {"psnr": 1.234}}
    (tmp_path / "costs.json").write_text(json.dumps(content))
    monkeypatch.setattr(module.resources, "files", lambda package: tmp_path)
    assert dict(facts(full_card("psnr")))["Cost"] == "1.23 s per 1,000 frames (4 cores)"
    assert dict(facts(full_card("l1")))["Cost"] == "not measured"


def test_ids_of_other_versions_are_left_out() -> None:
    assert [one.metric.id for one in full_cards(["psnr", "of-the-future"])] == ["psnr"]


def test_the_documents_are_up_to_date() -> None:
    stale = [path.name for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    assert stale == [], "run: python -m scripts.render_metric_cards"


def test_each_card_is_on_the_page_of_its_family_alone() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert set(texts) == {"reading", *(family.id for family in FAMILIES)}, "a page without a family, or none of one"
    headings = [line[3:] for family in FAMILIES for line in texts[family.id].splitlines() if line.startswith("## ")]
    assert [heading for heading in headings if heading in CARDS] == list(CARDS)


def test_the_index_is_short_and_its_links_lead_somewhere() -> None:
    text = INDEX.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == len(FAMILIES) + 1
    assert [link for link in links if not (INDEX.parent / link).is_file()] == []


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_damaged_markers_are_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        filled(text, "content")


def test_a_card_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "metrics", "psnr"]) == 0
    shown = capsys.readouterr().out
    for part in ("psnr  PSNR", "Definition", "The doctor expects", "- the reference video itself as the output: 100"):
        assert part in shown


def test_a_wrong_name_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BenchmarkError):
        full_card("psrn")
    assert main(["list", "metrics", "psrn"]) == 2
    assert "did you mean 'psnr'" in capsys.readouterr().err
    assert main(["list", "weights", "psnr"]) == 2
    assert "expected metrics before 'psnr'" in capsys.readouterr().err
