"""Rendered folders say which takes have audio; believed only where the contents are those that were written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feed_dataset.catalog import catalog as catalogs
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.rendered import write_rendered
from feed_dataset.catalog.rendered_audio import RENDERED_FILE, languages_of, takes_with_audio
from feed_dataset.core.media.video import write_video
from feed_dataset.layout.mini import MINI_ROOT
from feed_dataset.synthetic.takes.settings import SETTINGS
from tests.feed_dataset.clips import FPS, feed_like, moving_frames, tone


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = feed_like(tmp_path / "FEED", ["ID_2/random_C.mp4"])
    write_video(folder / "ID_2/speech_C.mp4", moving_frames(), FPS, audio=tone())
    write_rendered(folder, SETTINGS.described())
    return folder


def no_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(catalogs, "_sound", fail)


def audio_of(root: Path) -> dict[str, bool]:
    return {clip.id: clip.has_audio for clip in open_catalog(root).clips}


def test_no_file_of_a_rendered_folder_is_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_opening(monkeypatch)
    assert audio_of(root) == {"ID_2/random_C": False, "ID_2/speech_C": True}
    assert open_catalog().problems == ()


def test_other_contents_are_looked_at(root: Path) -> None:
    (root / "ID_2/random_C.mp4").write_bytes((root / "ID_2/speech_C.mp4").read_bytes())
    (root / "ID_2/speech_C.mp4").write_bytes(b"")
    catalog = open_catalog(root)
    assert {clip.id: clip.has_audio for clip in catalog.clips} == {"ID_2/random_C": True, "ID_2/speech_C": False}
    assert [path.name for path, _ in catalog.problems] == ["speech_C.mp4"]


def test_feed_mini_says_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    said = audio_of(MINI_ROOT)
    monkeypatch.setattr(catalogs, "takes_with_audio", lambda root, digest: None)
    assert audio_of(MINI_ROOT) == said


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digest": "d"}', '{"digest": "d", "with_audio": "S01"}'])
def test_a_file_that_says_nothing_is_not_believed(tmp_path: Path, text: str) -> None:
    (tmp_path / RENDERED_FILE).write_text(text)
    assert takes_with_audio(tmp_path, "d") is None and languages_of(tmp_path, "d") == {}


def test_a_clip_with_sound_has_its_speakers_language(root: Path) -> None:
    write_rendered(root, SETTINGS.described(), {"ID_2": "Polish"})
    assert {clip.stem: clip.language for clip in open_catalog(root).clips} == {"random": None, "speech": "Polish"}


def test_the_digest_decides(tmp_path: Path) -> None:
    (tmp_path / RENDERED_FILE).write_text(json.dumps({"digest": "d", "with_audio": ["S01/speech"]}))
    assert takes_with_audio(tmp_path, "d") == frozenset({"S01/speech"})
    assert takes_with_audio(tmp_path, "e") is None
