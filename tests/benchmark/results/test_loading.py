"""A results file is refused by size, depth and counts before it becomes objects; the first wrong item ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.errors import ResultsError
from benchmark.results.schema import Results

HONEST = json.loads((Path(__file__).parent / "data" / "results-1.0.json").read_text(encoding="utf-8"))


def refused(path: Path, content: Any, **options: Any) -> str:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        Results.load(path, **options)
    assert len(str(caught.value)) < 2000
    return str(caught.value)


def many(item: Any, count: int = 50_000) -> list[Any]:
    return [item] * count


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[" * 100_000, "levels of lists and objects"),
        ('{"a":' * 100_000, "levels of lists and objects"),
        ('{"rows": [' + "1," * 100_000 + "1]}", "values in a results file of that size"),
        ("[" + "[]," * 100_000 + "1]", "values in a results file of that size"),
        ("1" * 100_000, "digits"),
        ('"' + '\\"' * 100_000, "Unterminated string"),
        ('{"command": "a", "command": "b"}', "'command' twice"),
        ('{"comm\\u0061nd": "a", "command": "b"}', "'command' twice"),
        (json.dumps({f"key {index:06d} of many": "some text" for index in range(2000)}), "an object of 2000 names"),
        ('{"rows": NaN}', "finite"),
        ("7", "no object: int"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_text_that_no_run_writes_is_refused_in_one_line(tmp_path: Path, content: str | bytes, expected: str) -> None:
    message = refused(tmp_path / "results.json", content)
    assert expected in message and "\n" not in message


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(rows=many("not a row at all")),
        lambda d: d.update(rows=many({"method": "a", "unknown": "key", "another": "unknown key"})),
        lambda d: d.update(notes=many("n" * 2001, 100)),
        lambda d: d["protocol"].update(case_ids=many("some case", 200_000)),
        lambda d: d["aggregates"][0].update(extra={"curve": many("not a number, but text", 20_000)}),
        lambda d: d["rows"][0].update(failures=many({"reason": "no face", "count": 0})),
    ],
)
def test_the_first_wrong_items_are_named_and_no_more(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(json.dumps(HONEST))
    change(content)
    assert int(refused(tmp_path / "results.json", content).split(" has ")[1].split()[0]) <= 1000


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("protocol", "seed"), -1),
        (("protocol", "seed"), 2**64),
        (("protocol", "limit"), 2**70),
        (("protocol", "size_px"), 10**12),
        (("bootstrap", "seed"), -1),
        (("bootstrap", "n_resamples"), 10**9),
        (("rows", 0, "frames_expected"), 2**63),
        (("rows", 0, "frames_expected"), True),
        (("rows", 0, "frames_expected"), "25"),
        (("rows", 0, "frames_expected"), 25.0),
        (("rows", 0, "value"), "0.5"),
        (("rows", 0, "value"), 10**400),
        (("methods", 0, "seconds_generate"), -1.0),
        (("timings_s",), {"cases": -0.5}),
        (("environment", "packages"), {"numpy": "1" * 2001}),
    ],
)
def test_numbers_that_no_run_writes_are_refused(tmp_path: Path, place: tuple[Any, ...], value: object) -> None:
    content = json.loads(json.dumps(HONEST))
    part = content
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    assert str(place[-1]) in refused(tmp_path / "results.json", content)


def test_size_is_known_before_reading_and_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with path.open("wb") as stream:
        stream.truncate(10**12)  # sparse: reading it would not end well
    with pytest.raises(ResultsError, match="at most 256 MB"):
        Results.load(path)
    assert "at most 0 MB" in refused(path, HONEST, max_bytes=1000)


def test_what_is_no_regular_file_is_named_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull)):
        with pytest.raises(ResultsError, match="not a regular file"):
            Results.load(path)
    with pytest.raises(ResultsError, match="null byte"):
        Results.load("\0")


def test_memory_stays_within_some_times_the_file(tmp_path: Path) -> None:
    """A validator's message for each of a million wrong items took 500 times the file."""
    text, million = json.dumps(HONEST), json.dumps(many("x" * 12, 150_000))
    paths = []
    for name in ("rows", "case_ids"):
        paths.append(tmp_path / name)
        paths[-1].write_text(text.replace(f'"{name}": [', f'"{name}": {million[:-1]},', 1))
        assert paths[-1].stat().st_size > 2_000_000
    code = (
        "import resource, sys\n"
        "from benchmark.results.schema import Results, ResultsError\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = peak()\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        Results.load(path)\n"
        "    except ResultsError:\n        print(peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True)
    assert len(done.stdout.split()) == 2
    assert max(map(float, done.stdout.split())) < 40, done.stdout  # MB
