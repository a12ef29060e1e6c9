from __future__ import annotations

import io
import os
import sys

import pytest

from feed_dataset.core.console.streams import prepare_output, print_document, reader_is_gone


def written(text: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding=encoding, newline="\n"))
    prepare_output()
    print(text, end="", flush=True)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("psnr ↑, lpips ↓", b"psnr ^, lpips v"),
        ("┏━━┓\n┃ a│\n├──┤\n╰──╯", b"+--+\n| a|\n+--+\n+--+"),
        ("Ğ ﬁ 顔 🎬", b"G f ? ?"),
    ],
)
def test_what_an_encoding_lacks_is_replaced_by_as_much(
    text: str, expected: bytes, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert written(text, encoding, monkeypatch) == expected


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_file_names_that_are_no_text_are_written_as_they_are(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(os.fsdecode(b"clip_\xff.mp4"), encoding, monkeypatch) == b"clip_\xff.mp4"


def test_utf8_is_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written("↑ ┏ 顔", "utf-8", monkeypatch).decode() == "↑ ┏ 顔"


def test_documents_are_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="latin-1"))
    print_document("↑")
    assert buffer.getvalue().decode() == "↑\n"


def test_a_reader_is_gone_when_its_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", None)
        assert not reader_is_gone()
        os.close(reading)
        assert reader_is_gone()
