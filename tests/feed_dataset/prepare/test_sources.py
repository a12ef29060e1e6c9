"""Which files are prepared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feed_dataset.corpora import UnknownCorpus
from feed_dataset.prepare import find_sources
from feed_dataset.prepare.sources import SourceError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def ids(root: Path, **options: object) -> list[str]:
    return [source.id for source in find_sources([root], **options)]  # type: ignore[arg-type]


def test_videos_and_images_below_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "b/two.MP4", "a.jpg", "notes.txt", ".hidden.mp4", ".git/x.mp4", "b/._two.mp4")
    found = find_sources([tmp_path])
    assert [(source.id, source.is_image) for source in found] == [("a", True), ("b/two", False)]


def test_a_file_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.mp4")
    assert [source.id for source in find_sources([tmp_path / "b.mp4"])] == ["b"]


def test_the_output_is_not_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "crops/a.mp4")
    assert ids(tmp_path, leave_out=tmp_path / "crops") == ["a"]


def test_links_out_of_the_folder_are_refused_by_the_one_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "data/a.mp4", "private/secret.mp4")
    (tmp_path / "data" / "link.mp4").symlink_to(tmp_path / "private" / "secret.mp4")
    (tmp_path / "data" / "again.mp4").symlink_to(tmp_path / "data" / "a.mp4")
    os.mkfifo(tmp_path / "data" / "pipe.mp4")
    refused = {source.id: source.refused for source in find_sources([tmp_path / "data"])}
    assert refused["a"] is refused["again"] is None and refused["pipe"] == "it is no regular file"
    assert "FEED_LINK_ROOTS" in str(refused["link"])
    monkeypatch.setenv("FEED_LINK_ROOTS", str(tmp_path / "private"))
    assert [source.refused for source in find_sources([tmp_path / "data"]) if source.id == "link"] == [None]
    with pytest.raises(SourceError, match="no regular file"):
        find_sources([tmp_path / "data" / "pipe.mp4"])


def test_only_files_of_a_corpus(tmp_path: Path) -> None:
    touch(tmp_path, "M003/video/front/angry/level_3/001.mp4", "M003/making_of.mp4", "sheet.png")
    assert ids(tmp_path, corpus="mead") == ["M003/video/front/angry/level_3/001"]
    with pytest.raises(UnknownCorpus, match="mead"):
        find_sources([tmp_path], corpus="maed")


def test_two_files_for_one_place_are_an_error(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "a.png")
    with pytest.raises(SourceError, match="one file for a"):
        find_sources([tmp_path])


def test_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found none"):
        find_sources([tmp_path])
    with pytest.raises(SourceError, match="does not exist"):
        find_sources([tmp_path / "absent"])


def test_people_who_withdrew_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "ID_1/random_C.mp4", "ID_20/random_C.mp4")
    refused = {source.id: source.refused for source in find_sources([tmp_path])}
    assert refused["ID_1/random_C"] is None
    assert refused["ID_20/random_C"]
