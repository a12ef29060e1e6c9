"""The page that reads as a notebook runs from top to bottom, in one session, and gives what it prints."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.test_docs_examples import EXAMPLE, skip_unless_here

PAGE = Path(__file__).resolve().parent.parent / "docs" / "notebook.md"


def test_the_page_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    text = PAGE.read_text(encoding="utf-8")
    for match in EXAMPLE.finditer(text):
        if (match["mark"] or "").startswith("needs:"):
            skip_unless_here(match["mark"])
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(match["code"] for match in EXAMPLE.finditer(text))
    session = doctest.DocTestParser().get_doctest(code, {"__name__": "__main__"}, "notebook", str(PAGE), 0)
    wrong: list[str] = []
    doctest.DocTestRunner(verbose=False).run(session, out=wrong.append)
    assert wrong == []
    for name in ("cameras.png", "cases.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_no_block_is_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```python\n") == len(list(EXAMPLE.finditer(text))) >= 8
