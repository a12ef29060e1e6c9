"""Wrong arguments are one line and exit code 2, as every other wrong input."""

from __future__ import annotations

from pathlib import Path

import pytest

from feed_dataset.core.console.parser import CommandParser


def parser() -> CommandParser:
    main = CommandParser(prog="feed dataset")
    commands = main.add_subparsers(dest="command", required=True, metavar="{index,info}")
    index = commands.add_parser("index")
    index.add_argument("--workers", type=int)
    index.add_argument("--format", choices=("text", "json"))
    index.add_argument("--moment", type=int, choices=range(1, 3))
    commands.add_parser("info")
    return main


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["index", "--workers", "many"], "error: argument --workers: invalid int value: 'many'; "
         "see `feed dataset index --help`"),
        (["index", "--wrong", "a\nb"], "error: unrecognized arguments: --wrong a b; see `feed dataset index --help`"),
        (["indx"], "error: expected a command among index, info but got 'indx'; did you mean 'index'? "
         "see `feed dataset --help`"),
        (["xyz"], "error: expected a command among index, info but got 'xyz'; see `feed dataset --help`"),
        (["index", "--format", "jsn"], "error: argument --format: expected a choice among json, text but got 'jsn'; "
         "did you mean 'json'? see `feed dataset index --help`"),
        (["index", "--moment", "9"], "error: argument --moment: invalid choice: 9 (choose from 1, 2); "
         "see `feed dataset index --help`"),
        ([], "error: the following arguments are required: {index,info}; see `feed dataset --help`"),
    ],
)  # fmt: skip
def test_one_line(argv: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parser().parse_args(argv)
    assert stop.value.code == 2
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize("argv", [[""], ["here", "--out", ""]])
def test_an_empty_path_is_not_the_working_directory(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What a shell makes of "$UNSET"."""
    paths = CommandParser(prog="feed")
    paths.add_argument("directory", type=Path, metavar="DIR")
    paths.add_argument("--out", type=Path)
    assert paths.parse_args(["here"]).directory == Path("here")
    with pytest.raises(SystemExit):
        paths.parse_args(argv)
    assert "expected a path but got an empty one" in capsys.readouterr().err
