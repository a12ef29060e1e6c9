from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.media.video import write_video
from tests.feed_dataset.clips import FPS, feed_like, moving_frames, tone

NAMES = ["ID_2/random_C.mp4", "ID_10/random_C.mp4", "ID_10/random_L.mp4", "ID_10/MAU_mild_C.mp4"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", NAMES)


def test_clips_in_order(root: Path) -> None:
    catalog = open_catalog(root)
    ids = [clip.id for clip in catalog.clips]
    assert ids == ["ID_2/random_C", "ID_10/MAU_mild_C", "ID_10/random_C", "ID_10/random_L"]
    assert catalog.name == "feed" and catalog.root == root and catalog.problems == ()
    clip = catalog.clips[1]
    assert (clip.task, clip.mode, clip.camera, clip.take_id) == ("basic", "mild", "C", "ID_10/MAU_mild")
    assert clip.path.is_file() and clip.ground_truth is None and not clip.has_audio


def test_select(root: Path) -> None:
    catalog = open_catalog(str(root))
    assert [clip.id for clip in catalog.select(subjects=["ID_10"], cameras=["L"])] == ["ID_10/random_L"]
    assert len(catalog.select()) == 4
    assert catalog.select(stems=[]) == ()
    with pytest.raises(LayoutError, match="'randon'; did you mean 'random'"):
        catalog.select(stems=["randon"])
    with pytest.raises(TypeError, match="string"):
        catalog.select(stems="random")
    assert catalog.clip("ID_2/random_C").subject == "ID_2"
    with pytest.raises(LayoutError, match="ID_2/random_C"):
        catalog.clip("ID_2/random_D")


def test_sound_and_ground_truth_beside_a_clip(root: Path) -> None:
    write_video(root / "ID_2/speech_C.mp4", moving_frames(), FPS, audio=tone())
    (root / "ID_2/speech.npz").write_bytes(b"x")
    clip = open_catalog(root).clip("ID_2/speech_C")
    assert clip.has_audio and clip.ground_truth == root / "ID_2/speech.npz"


def test_unreadable_and_unknown_videos_are_problems(root: Path) -> None:
    (root / "ID_2/eyes_C.mp4").write_bytes(b"")
    shutil.copy(root / NAMES[0], root / "ID_2/holiday.mp4")
    (root / "ID_2/._random_C.mp4").write_bytes(b"resource fork")
    catalog = open_catalog(root)
    assert [(path.name, "empty" in reason, "_C, _L or _R" in reason) for path, reason in catalog.problems] == [
        ("eyes_C.mp4", True, False),
        ("holiday.mp4", False, True),
    ]
    assert catalog.clip("ID_2/eyes_C"), "stays a clip, so that a run counts it as failed"


def test_two_files_for_one_clip(root: Path) -> None:
    shutil.copy(root / NAMES[0], root / "ID_2/RANDOM_c.mov")
    with pytest.raises(LayoutError, match=r"one file for clip ID_2/random_C.*RANDOM_c\.mov"):
        open_catalog(root)


def test_two_spellings_of_one_subject(root: Path) -> None:
    shutil.copytree(root / "ID_2", root / "id2")
    with pytest.raises(LayoutError, match="one folder per subject"):
        open_catalog(root)


def test_old_and_new_tongue_names_are_two_takes(tmp_path: Path) -> None:
    catalog = open_catalog(feed_like(tmp_path, ["ID_1/tongue_C.mp4", "ID_1/tongue_em_C.mp4"]))
    assert [(clip.stem, clip.task) for clip in catalog.clips] == [
        ("tongue_em", "tongue"),
        ("tongue", "tongue"),
    ]


def test_one_subject_alone(root: Path) -> None:
    assert {clip.subject for clip in open_catalog(root / "ID_10").clips} == {"ID_10"}


@pytest.mark.parametrize("other", ["id_2", "ID_02", "ID-2"])
def test_a_subject_in_two_folders_of_different_spelling(root: Path, other: str) -> None:
    """Two people could be meant; nothing is mixed, also where no clip is there twice."""
    (root / other).mkdir()
    shutil.copy(root / NAMES[0], root / other / "eyes_C.mp4")
    with pytest.raises(LayoutError, match=f"one folder per subject but got .*{other}"):
        open_catalog(root)


def test_a_subject_in_two_parts_of_a_download(root: Path, tmp_path: Path) -> None:
    (root / "part2/ID_2").mkdir(parents=True)
    shutil.move(root / "ID_2/random_C.mp4", root / "part2/ID_2/eyes_C.mp4")
    shutil.copy(root / "ID_10/random_L.mp4", root / "ID_2/random_L.mp4")
    assert [clip.id for clip in open_catalog(root).select(subjects=["ID_2"])] == ["ID_2/eyes_C", "ID_2/random_L"]


def test_subjects_are_spelled_as_in_the_release(root: Path) -> None:
    (root / "ID_2").rename(root / "id02")
    clip = open_catalog(root).clip("ID_2/random_C")
    assert clip.subject == "ID_2" and clip.path == root / "id02/random_C.mp4"


def test_takes(root: Path) -> None:
    catalog = open_catalog(root)
    assert [(take.subject, take.stem) for take in catalog.takes()] == [
        ("ID_2", "random"),
        ("ID_10", "MAU_mild"),
        ("ID_10", "random"),
    ]
    take = catalog.take("ID_10/random")
    assert {camera: clip.id for camera, clip in take.clips.items()} == {"C": "ID_10/random_C", "L": "ID_10/random_L"}
    with pytest.raises(LayoutError, match="did you mean 'ID_10/random'"):
        catalog.take("ID_10/randon")


@pytest.mark.parametrize(
    ("prepare", "found"),
    [
        (lambda root: None, "an empty directory"),
        (lambda root: (root / "notes.txt").write_text("x"), "no video, only notes.txt"),
        (
            lambda root: feed_like(root, ["holiday.mp4", "party.mp4"]),
            "2 other videos (holiday.mp4, party.mp4)",
        ),
        (lambda root: (root / "ID_1").symlink_to("/"), "1 that must not be read"),
    ],
)
def test_no_feed_here(tmp_path: Path, prepare: object, found: str) -> None:
    prepare(tmp_path)  # type: ignore[operator]
    with pytest.raises(LayoutError) as caught:
        open_catalog(tmp_path)
    message = str(caught.value)
    assert "<subject>/<stem>_<camera>.mp4" in message and "MAU_strong" in message, "says what was looked for"
    assert found in message and str(tmp_path) in message and "\n" not in message


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="does not exist"):
        open_catalog(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(LayoutError, match="is a file"):
        open_catalog(tmp_path / "file")


def test_digest_follows_content_not_place(root: Path, tmp_path: Path) -> None:
    before = open_catalog(root).digest
    shutil.copytree(root, tmp_path / "copy")
    assert open_catalog(tmp_path / "copy").digest == before
    shutil.move(root / NAMES[0], root / "ID_2/eyes_C.mp4")
    assert open_catalog(root).digest != before
    shutil.move(root / "ID_2/eyes_C.mp4", root / NAMES[0])
    assert open_catalog(root).digest == before
    (root / "ID_2/notes.txt").write_text("not data")
    assert open_catalog(root).digest == before
    data = bytearray((root / NAMES[0]).read_bytes())
    data[-1] ^= 1
    (root / NAMES[0]).write_bytes(bytes(data))
    assert open_catalog(root).digest != before
