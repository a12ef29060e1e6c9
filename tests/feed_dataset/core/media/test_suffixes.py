"""One list of endings; what is there and not read is told, everywhere."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import pytest

from benchmark.pairing.names import pair_by_stem, scan
from benchmark.pairing.pair_list import PairingError
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.media.suffixes import AUDIO_SUFFIXES, IMAGE_SUFFIXES, VIDEO_SUFFIXES, why_unread
from feed_dataset.manifest import build_manifest
from feed_dataset.prepare.sources import SourceError, find_sources
from tests.feed_dataset.clips import feed_like

ROOMS = ("baselines", "benchmark", "feed_dataset", "leaderboard", "model", "scripts")
ROOT = Path(__file__).parents[4]


def test_there_is_one_list() -> None:
    """A tuple of endings elsewhere would be a second list. Corpora name the kinds that their own documents name."""
    lists = re.compile(r'"\.(?:png|mp4|wav)",\s*"\.\w+"|"\.\w+",\s*"\.(?:png|mp4|wav)"')
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "corpora" not in path.parts and path.name != "suffixes.py" and lists.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["scripts/reading_parts/material.py"], "what that writes, each kind once"


@pytest.mark.parametrize(
    ("name", "suffixes", "is_told"),
    [
        ("b.gif", VIDEO_SUFFIXES, True),
        ("B.MXF", VIDEO_SUFFIXES, True),
        ("a.wmv", (".mp4",), True),
        ("a.WMV", VIDEO_SUFFIXES, False),
        ("notes.txt", VIDEO_SUFFIXES, False),
        ("face.png", VIDEO_SUFFIXES, False),
        ("face.gif", IMAGE_SUFFIXES, True),
        ("._b.gif", VIDEO_SUFFIXES, False),
        ("a.aiff", AUDIO_SUFFIXES, False),
    ],
)
def test_what_is_told(name: str, suffixes: tuple[str, ...], is_told: bool) -> None:
    assert (why_unread(PurePath(name), suffixes) is not None) == is_told


def test_pairs_say_which_file_is_not_read(tmp_path: Path) -> None:
    made, real = tmp_path / "made", tmp_path / "real"
    for path in (made / "a.mp4", made / "b.gif", made / "c.ts", real / "a.mkv", real / "b.mkv", real / "c.mp4"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    pairs = pair_by_stem(made, real)
    problems = {pair.id: pair.problem for pair in pairs.pairs}
    assert (problems["a"], problems["c"]) == (None, None)
    assert (problems["b"] or "").startswith("b.gif is there, but .gif is not read; expected .3gp, ")
    assert [name for name, _ in pairs.left_out] == ["--generated b.gif"]
    (made / "a.mp4").unlink()
    (made / "c.ts").unlink()
    with pytest.raises(PairingError, match=r"all are left out: --generated b\.gif: b\.gif is there"):
        scan(made, "--generated", VIDEO_SUFFIXES)


def test_an_index_lists_what_it_does_not_read(tmp_path: Path) -> None:
    feed_like(tmp_path, ["ID_1/random_C.mp4", "ID_1/eyes_C.wmv"])
    (tmp_path / "ID_1" / "FF_C.gif").write_bytes(b"GIF89a")
    manifest = build_manifest(tmp_path, workers=1)
    assert [entry.id for entry in manifest.entries if entry.status == "ok"] == ["ID_1/eyes_C", "ID_1/random_C"]
    assert [name for name, _ in manifest.strangers] == ["ID_1/FF_C.gif"]


def test_a_folder_of_files_that_are_left_out_says_why(tmp_path: Path) -> None:
    (tmp_path / "FF_C.gif").write_bytes(b"GIF89a")
    with pytest.raises(LayoutError, match=r"found none \(1 others, the first: FF_C\.gif: .* \.gif is not read"):
        build_manifest(tmp_path, workers=1)
    with pytest.raises(SourceError, match=r"found none in .* \(FF_C\.gif is there, but \.gif is not read"):
        find_sources([tmp_path])
    (tmp_path / "FF_C.mp4").write_bytes(b"x")
    assert [(source.id, source.refused is None) for source in find_sources([tmp_path])] == [
        ("FF_C", True),
        ("FF_C.gif", False),
    ]
