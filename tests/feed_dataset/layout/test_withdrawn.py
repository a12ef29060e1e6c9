"""People who withdrew: their files are counted, and neither decoded, hashed nor handed out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.layout import withdrawn
from feed_dataset.layout.names import RELEASED_SUBJECTS, SUBJECTS, subject_key
from feed_dataset.layout.withdrawn import WithdrawnError, WithdrawnListError
from feed_dataset.manifest import build_manifest
from tests.feed_dataset.clips import feed_like


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", ["ID_1/random_C.mp4", "ID_2/random_C.mp4", "id_018/random_C.mp4"])


def test_the_shipped_list_is_everybody_who_was_never_published() -> None:
    listed = set(withdrawn.shipped())
    assert listed == {subject_key(name) for name in set(SUBJECTS) - set(RELEASED_SUBJECTS)}
    content = json.loads(Path(withdrawn.__file__).with_name("withdrawn.json").read_text())
    assert content["format"] == 1 and content["date"] and content["source"]


def test_they_are_refused_though_they_are_there(root: Path) -> None:
    catalog = open_catalog(root)
    assert [clip.subject for clip in catalog.clips] == ["ID_1", "ID_2"] and catalog.problems == ()
    assert [clip_id for clip_id, _ in catalog.withdrawn] == ["ID_18/random_C"]
    for ask in (
        lambda: catalog.select(subjects=["ID_18"]),
        lambda: catalog.clip("ID_18/random_C"),
        lambda: catalog.take("ID_18/random"),
    ):
        with pytest.raises(WithdrawnError, match="ID_18 must not be used: not in the public release"):
            ask()


def test_they_are_counted_but_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = build_manifest(root, workers=1).entry("ID_18/random_C")
    assert (entry.status, entry.sha256, entry.size_bytes, entry.frame_index) == ("withdrawn", "", 0, b"")
    path = root / "id_018/random_C.mp4"
    digest = open_catalog(root).digest
    path.chmod(0)
    real = Path.open

    def guarded(self: Path, *arguments: object, **options: object) -> object:
        assert self != path, "opened"
        return real(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)
    assert open_catalog(root).digest == digest
    path.unlink()
    assert open_catalog(root).digest == digest, "they do not enter the digest"


def test_a_user_adds_to_the_list(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_WITHDRAWN", " id1, ID_9 ")
    assert {clip.subject for clip in open_catalog(root).clips} == {"ID_2"}
    content = {"format": 1, "subjects": {"ID_2": "asked to be removed"}}
    (root / "withdrawn.json").write_text(json.dumps(content))
    with pytest.raises(LayoutError, match="3 videos of subjects that must not be used"):
        open_catalog(root)
    assert build_manifest(root, workers=1).entry("ID_2/random_C").reason == "asked to be removed"
    monkeypatch.delenv("FEED_WITHDRAWN")
    assert {clip.subject for clip in open_catalog(root).clips} == {"ID_1"}


def test_the_format_on_the_page_is_the_format(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "feed.md").read_text(encoding="utf-8")
    example = page.split("```json\n", 1)[1].split("```", 1)[0]
    (tmp_path / withdrawn.FILE_NAME).write_text(example, encoding="utf-8")
    listed = withdrawn.added(tmp_path)
    assert withdrawn.reason_of("ID_3", listed) == "asked on 2026-02-01 to be left out"
    assert withdrawn.reason_of("ID_9", listed) == "no consent form"


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2, "subjects": {}}', '{"format": 1, "subjects": ["ID_2"]}'])
def test_a_list_that_cannot_be_read_stops_everything(root: Path, content: str) -> None:
    (root / "withdrawn.json").write_text(content)
    with pytest.raises(WithdrawnListError, match=r"withdrawn\.json"):
        open_catalog(root)
    with pytest.raises(WithdrawnListError):
        build_manifest(root)


def test_a_path_that_names_two_people_is_nobodys(tmp_path: Path) -> None:
    feed_like(tmp_path, ["ID_1/random_C.mp4", "ID_19/ID_2/random_C.mp4"])
    catalog = open_catalog(tmp_path)
    assert [clip.id for clip in catalog.clips] == ["ID_1/random_C"]
    assert "ID_19, ID_2" in catalog.problems[0][1]
