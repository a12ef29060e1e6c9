from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from feed_dataset.commands import weights as commands
from feed_dataset.core.weights import registry, store
from feed_dataset.core.weights.registry import REGISTRY, UnknownWeights
from feed_dataset.core.weights.sources import Url
from feed_dataset.core.weights.weight import Weight


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.add_commands(parser)
    return commands.run(parser.parse_args(words))


def test_every_entry_is_complete() -> None:
    for name, weight in REGISTRY.items():
        assert weight.name == name and weight.purpose and weight.licence and weight.enables and weight.sources
        assert weight.sha256 is None or re.fullmatch(r"[0-9a-f]{8,64}", weight.sha256)
        assert weight.used or weight.note, f"{name}: an unused entry says so"


def test_the_embedded_default_is_pinned_and_permissive() -> None:
    for name in ("face-detector", "face-mesh", "dlib-face-resnet"):
        weight = REGISTRY[name]
        assert weight.verification == "sha256" and weight.size_bytes
        assert weight.licence in ("Apache-2.0", "MIT", "CC0-1.0")
        assert all(source.archive_sha256 for source in weight.sources if hasattr(source, "archive_sha256"))


def test_missing_hashes_are_admitted() -> None:
    assert REGISTRY["latentsync-syncnet"].verification == "no published hash: taken as it comes"
    assert REGISTRY["vgg19"].verification == "only the first 8 hex digits of its sha256 are published"


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownWeights, match="did you mean 'face-mesh'"):
        store.resolve("face-mash")


@pytest.mark.parametrize("file_name", ["../x", "/etc/passwd", "a/b", "..", "", "a\\b"])
def test_file_names_cannot_leave_the_cache(file_name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        Weight("x", file_name, "", "", (Url("http://host.invalid/x"),), None, None, ())


def test_list_says_what_is_missing_and_how_to_get_it(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "missing  face-mesh" in out
    assert "get it with: python -m benchmark weights download fid-inception" in out
    assert "whisper-tiny" not in out
    assert run("list", "--all") == 0
    assert "weights import emoportraits-official FILE" in capsys.readouterr().out


def test_commands_fail_with_one_line_and_code_2(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FEED_OFFLINE", "1")
    assert run("download", "face-mesh") == 2
    assert run("verify", "face-mesh") == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 2 and all("face-mesh" in line for line in errors)
    assert run("verify") == 0
    assert "no weights are on this machine" in capsys.readouterr().out


def test_import_and_verify_through_the_commands(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(
        registry.REGISTRY, "net", Weight("net", "net.bin", "p", "l", (), None, None, ("tests",), used=True)
    )
    (tmp_path / "mine").write_bytes(b"anything")
    assert run("import", "net", str(tmp_path / "mine")) == 0
    assert run("verify", "net") == 0
    assert "no published hash" in capsys.readouterr().out
    row = next(row for row in store.status() if row.name == "net")
    assert row.present and row.needs is None
