"""A protocol of one's own: what its file may not say, and how that is told."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmark.protocols.protocol import load, names
from benchmark.results.errors import BenchmarkError


def written(path: Path, changes: dict[str, Any]) -> str:
    """A copy of feed-mini-cross with changes; "drivers.stems" is a key within a part."""
    content = yaml.safe_load((resources.files("benchmark.protocols") / "feed-mini-cross.yaml").read_text("utf-8"))
    for place, value in {"name": "mine", **changes}.items():
        *parts, last = place.split(".")
        part = content
        for name in parts:
            part = part[name]
        part[last] = value
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_a_copy_with_another_name_is_a_protocol(tmp_path: Path) -> None:
    shipped = load("feed-mini-cross")
    assert load(written(tmp_path / "mine.yaml", {})) == shipped.model_copy(update={"name": "mine"})


@pytest.mark.parametrize("name", names())
def test_shipped_protocols_are_valid(name: str) -> None:
    assert load(name).name == name


def test_the_page_has_every_protocol_with_its_cases() -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocols.md").read_text(encoding="utf-8")
    for name in names():
        assert f"| `{name}` | {load(name).cases_at_most:,} |" in page


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metrics": []}, "metrics: Tuple should have at least 1 item"),
        ({"metrics": ["psnr", "ssim", "psnr"]}, "metrics: Value error, expected each once but got psnr more than once"),
        ({"drivers.stems": []}, "drivers.stems: Tuple should have at least 1 item"),
        ({"drivers.stems": ["FF", "FF"]}, "drivers.stems: Value error, expected each once but got FF more than once"),
        ({"drivers.subjects": ["R2", "R2"]}, "drivers.subjects: Value error, expected each once but got R2"),
        ({"sources.subjects": []}, "sources.subjects: Tuple should have at least 1 item"),
        ({"sources.photos": ["grace_hopper"] * 2}, "sources.photos: Value error, expected each once"),
        ({"crop_scale": float("inf")}, "crop_scale: Input should be a finite number"),
        ({"crop_scale": float("nan")}, "crop_scale: Input should be"),
        ({"size_px": 100000}, "size_px: Input should be less than or equal to 8192"),
        ({"name": "feed-mini-cross"}, "as a shipped protocol is"),
    ],
)
def test_nonsense_is_refused_with_its_place(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BenchmarkError, match=re.escape(reason)):
        load(written(tmp_path / "mine.yaml", changes))


@pytest.mark.parametrize("text", ["", "- a", "name: [a\nb: }", "7"])
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(BenchmarkError, match="expected a protocol") as caught:
        load(str(tmp_path / "mine.yaml"))
    assert "\n" not in str(caught.value)
