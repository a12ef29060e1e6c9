from __future__ import annotations

import argparse
import re
from importlib import resources
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


def test_nothing_of_other_rooms_is_named() -> None:
    """The registry is read by whoever likes; who that is, only they know."""
    text = resources.files("feed_dataset.core.weights").joinpath("networks.toml").read_text(encoding="utf-8")
    assert not re.search(r"benchmark(?!\[)|baseline|keypoint-warp|csim|\[(mesh|dlib)", text)


def test_the_embedded_default_is_pinned_and_permissive() -> None:
    for name in ("face-detector", "face-mesh", "dlib-face-resnet"):
        weight = REGISTRY[name]
        assert weight.verification == "sha256" and weight.size_bytes
        assert weight.licence in ("Apache-2.0", "MIT", "CC0-1.0")
        assert all(source.archive_sha256 for source in weight.sources if hasattr(source, "archive_sha256"))


def test_missing_hashes_are_admitted() -> None:
    unchecked = {entry.name for entry in REGISTRY.values() if entry.sha256 is None}
    assert unchecked == {"vggface2-senet50", "i3d-kinetics400", "vggface-vgg16", "gaze-vgg16", "topiq-nr-face"}
    for name in unchecked:
        assert REGISTRY[name].verification == "no published hash: taken as it comes" and REGISTRY[name].note


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownWeights, match="did you mean 'face-mesh'"):
        store.resolve("face-mash")


@pytest.mark.parametrize("file_name", ["../x", "/etc/passwd", "a/b", "..", "", "a\\b"])
def test_file_names_cannot_leave_the_cache(file_name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        Weight("x", file_name, "", "", (Url("http://host.invalid/x"),), None, None)


def test_list_says_what_is_missing_and_how_to_get_it(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "missing  face-mesh: 468 three-dimensional face landmarks" in out
    assert "get it with: feed weights download fid-inception" in out
    assert "read by" not in out


def test_list_shows_what_the_caller_knows_to_read_a_network(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    commands.add_commands(parser, lambda: {"iris": ["one", "two"]})
    assert commands.run(parser.parse_args(["list"])) == 0
    after_iris = capsys.readouterr().out.partition("iris: ")[2].splitlines()
    assert after_iris[1] == "         read by: one, two"


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
    monkeypatch.setitem(registry.REGISTRY, "net", Weight("net", "net.bin", "p", "l", (), None, None))
    (tmp_path / "mine").write_bytes(b"anything")
    assert run("import", "net", str(tmp_path / "mine")) == 0
    assert run("verify", "net") == 0
    assert "no published hash" in capsys.readouterr().out
    row = next(row for row in store.status() if row.name == "net")
    assert row.present and row.needs is None
