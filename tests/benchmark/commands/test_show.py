"""`show` and `validate`: what a protocol says, with and without its data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from benchmark.cli import main
from benchmark.protocols import protocol as protocols
from benchmark.protocols.cases import build_cases
from benchmark.protocols.sheet import sheet_of
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.layout.mini import SPEAKERS_ROOT
from leaderboard.cli import main as leaderboard_main
from tests.benchmark.protocols.copies import adults, tiny_pairs, write_ffhq, write_mead


@pytest.mark.parametrize("name", protocols.names())
def test_every_shipped_protocol_has_a_sheet(name: str) -> None:
    protocol = protocols.load(name)
    sheet = dict(sheet_of(protocol))
    assert len(sheet["metrics"]) == len(protocol.metrics) and all(": " in line for line in sheet["metrics"])
    assert f"seed: {protocol.seed}" in sheet["cases"]
    assert "None" not in " ".join(sheet["metrics"]), "expected words in place of None"
    for point in protocol.about.open:
        assert f"here: {point.choice}" in sheet[f"open: {point.question}"]


@pytest.mark.parametrize("name", protocols.names())
def test_commands_that_a_sheet_names_are_there(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    mains = {"benchmark": main, "leaderboard": leaderboard_main}
    text = "\n".join(line for _, lines in sheet_of(protocols.load(name)) for line in lines)
    for room, verb in re.findall(r"\bfeed (benchmark|leaderboard) ([a-z-]+)", text):
        with pytest.raises(SystemExit) as ended:
            mains[room]([verb, "--help"])
        assert ended.value.code == 0, f"expected a command feed {room} {verb} but {capsys.readouterr().err}"


def test_what_a_protocol_asks_is_shown_and_nothing_else() -> None:
    def asked(name: str) -> list[str]:
        return [line for line in dict(sheet_of(protocols.load(name)))["input"] if line.startswith("asks")]

    assert asked("feed-multiview") == ["asks of a method: takes pose"]
    assert asked("paper-table3-feed") == ["asks of a method: motion absolute"]
    assert asked("feed-self") == []


def test_a_protocol_whose_data_is_here_shows_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "feed-mini-speech", "--cases"]) == 0
    said = capsys.readouterr().out
    cases = build_cases(protocols.load("feed-mini-speech"), open_catalog(SPEAKERS_ROOT))
    assert f"12 on this data, case list {cases.sha256}" in said
    for case in cases.cases:
        assert re.search(rf"{case.id}: .*, in {case.language}$", said, re.MULTILINE)


def test_a_papers_protocol_shows_the_stated_hash_and_what_was_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "paper-table3-mead"]) == 0
    said = capsys.readouterr().out
    stated = protocols.load("paper-table3-mead").about.stated
    assert stated is not None and stated.sha256 in said
    assert "--data ffhq=DIR --data mead=DIR" in said
    assert "open: which real images FID is taken against" in said


@pytest.fixture
def own(tmp_path: Path) -> tuple[str, list[str]]:
    """A protocol file on tiny copies, and the options that name them."""
    content = tiny_pairs(name="paper-table3-mead").model_dump(mode="json", exclude={"about", "drivers", "sources"})
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content | {"name": "mine"}))
    ffhq, mead = write_ffhq(tmp_path / "ffhq", adults(3)), write_mead(tmp_path / "mead")
    return str(path), [f"--data=ffhq={ffhq}", f"--data=mead={mead}"]


def test_a_file_is_validated_with_its_data(own: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    path, data = own
    assert main(["validate", path]) == 0
    assert "depend on your copy of ffhq+mead" in capsys.readouterr().out
    assert main(["validate", path, *data]) == 0
    validated = capsys.readouterr().out
    assert main(["show", path, *data]) == 0
    assert "6 cases, case list " in validated and validated.split()[-1] in capsys.readouterr().out


def test_a_stem_that_no_clip_has_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = protocols.load("feed-mini-speech").model_dump(mode="json", exclude={"about"}, exclude_none=True)
    content["drivers"]["subjects"] = None
    content["drivers"]["stems"] = ["speech", "speehc"]
    content["drivers"]["cases"] = 24
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content | {"name": "mine"}))
    assert main(["validate", str(path)]) == 0
    assert "note: mine asks for 24 drivers; feed-mini-speakers has 12 that fit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metrics": ["csmi[dlib]"]}, "did you mean 'csim[dlib]'"),
        ({"metrics": ["psnr"]}, "expected metrics that need no reference with task cross but got psnr"),
        ({"seed": -1}, "seed: "),
    ],
)
def test_a_file_that_is_no_protocol_is_one_line(
    own: tuple[str, list[str]], change: dict[str, object], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(own[0])
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | change))
    assert main(["validate", str(path)]) == 2
    said = capsys.readouterr().err
    assert reason in said and len(said.strip().splitlines()) == 1
