"""What a complete copy of what was begun has: counts as the corpora's authors state them."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from feed_dataset.corpora import Corpus, CorpusFile, load_corpus
from feed_dataset.corpora.crema_d import ABSENT, ACTORS
from feed_dataset.corpora.hdtf import Hdtf, HdtfAnnotationError, HdtfName, read_annotations


def complete(corpus: Corpus, *paths: str) -> dict[str, CorpusFile]:
    found: dict[str, CorpusFile] = {}
    for path in paths:
        file = corpus.parse(PurePath(path), "data")
        assert not isinstance(file, str), file
        found[file.id] = file
    expected = {file.id: file for file in corpus.expected(found)}
    assert set(found) <= set(expected)
    return expected


def test_ravdess_has_60_spoken_and_44_sung_trials_per_actor() -> None:
    corpus = load_corpus("ravdess")
    assert len(complete(corpus, "Actor_18/01-01-01-01-01-01-18.mp4")) == 60
    assert len(complete(corpus, "Actor_01/01-02-01-01-01-01-01.mp4")) == 44
    assert len(complete(corpus, "Actor_01/01-02-01-01-01-01-01.mp4", "Actor_01/03-01-03-01-01-01-01.wav")) == 104


def test_ravdess_has_7356_files() -> None:
    firsts = [
        f"{modality:02d}-{channel:02d}-01-01-01-01-{actor:02d}{'.wav' if modality == 3 else '.mp4'}"
        for actor in range(1, 25)
        for channel in (1, 2)
        for modality in (1, 2, 3)
        if (actor, channel) != (18, 2)
    ]
    assert len(complete(load_corpus("ravdess"), *firsts)) == 7356


def test_crema_d_has_7442_clips() -> None:
    clips = complete(load_corpus("crema-d"), *(f"VideoFlash/{actor}_DFA_ANG_XX.flv" for actor in ACTORS))
    assert len(clips) == 7442
    assert len(ABSENT) == 20
    assert "flv/1008_WSI_SAD_XX" not in clips


def test_savee_has_480_recordings() -> None:
    clips = complete(load_corpus("savee"), *(f"AudioData/{speaker}/a01.wav" for speaker in ("DC", "JE", "JK", "KL")))
    assert len(clips) == 480


def test_ffhq_has_1000_images_per_folder() -> None:
    images = complete(load_corpus("ffhq"), "images1024x1024/61000/61007.png")
    assert len(images) == 1000
    assert min(images) == "images1024x1024/61000"


@pytest.mark.parametrize(
    ("corpus", "path"),
    [
        ("mead", "M003/video/front/angry/level_3/001.mp4"),
        ("voxceleb2", "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4"),
        ("mmi", "Sessions/1/S001-001.avi"),
        ("hdtf", "WDA_BarackObama_000.mp4"),
    ],
)
def test_nothing_is_missing_where_nobody_says_what_should_be_there(corpus: str, path: str) -> None:
    assert len(complete(load_corpus(corpus), path)) == 1


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    """The official files' format: a byte order mark, CRLF and trailing blanks occur in them."""
    lines = {
        "RD": (
            "Radio11 https://www.youtube.com/watch?v=aaaaaaaaaaa\n",
            "Radio11.mp4 00:30-01:00 01:30-02:30 \n",
            "Radio11_0.mp4 412 599 0 599\nRadio11_1.mp4 557 478 0 478\n",
            "Radio11.mp4 720\n",
        ),
        "WDA": (
            "\ufeffCarolynMaloney2 https://www.youtube.com/watch?v=bbbbbbbbbbb\r\n",
            "CarolynMaloney2.mp4 00:05-1:04:40\r\n",
            "",
            "CarolynMaloney2.mp4 1080\r\n",
        ),
        "WRA": ("", "", "", ""),
    }
    for subset, texts in lines.items():
        for kind, text in zip(("video_url", "annotion_time", "crop_wh", "resolution"), texts, strict=True):
            (tmp_path / f"{subset}_{kind}.txt").write_bytes(text.encode())
    return tmp_path


def test_hdtf_annotations(annotations: Path) -> None:
    clips = read_annotations(annotations)
    assert [clip.name for clip in clips] == [
        HdtfName("RD", "Radio11", 0),
        HdtfName("RD", "Radio11", 1),
        HdtfName("WDA", "CarolynMaloney2", 0),
    ]
    assert (clips[1].start_s, clips[1].stop_s, clips[1].crop_px) == (90, 150, (557, 0, 478, 478))
    assert (clips[2].stop_s, clips[2].crop_px, clips[2].resolution_px) == (3880, None, 1080)


def test_hdtf_clips_that_can_be_cut_are_expected(annotations: Path) -> None:
    corpus = Hdtf(read_annotations(annotations))
    assert set(complete(corpus, "RD_Radio11_000.mp4")) == {"RD_Radio11_000", "RD_Radio11_001"}
    # the plain form of the README stands for the same clip
    assert set(complete(corpus, "Radio11_0.mp4")) == {"Radio11_000", "RD_Radio11_001"}


@pytest.mark.parametrize("line", ["Radio11.mp4 00:30", "Radio11.mp4 01:00-00:30", "Radio11.mp4", "Radio11.mp4 a-b"])
def test_a_malformed_annotation_is_an_error(annotations: Path, line: str) -> None:
    (annotations / "RD_annotion_time.txt").write_text(line + "\n")
    with pytest.raises(HdtfAnnotationError, match=r"Radio11|annotion_time"):
        read_annotations(annotations)


def test_missing_annotations_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(HdtfAnnotationError, match="RD_annotion_time"):
        read_annotations(tmp_path)
