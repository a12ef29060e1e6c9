"""Official file names of each corpus, what they mean, and names that cannot be."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from feed_dataset.corpora import CORPORA, UnknownCorpus, load_corpus

# corpus, official path, id, subject, kind, view, task, some of the fields
OFFICIAL = [
    (
        "feed",
        "ID_1/random_C.mp4",
        ("ID_1/random_C", "ID_1", "video", "C", "extreme"),
        {"take": "random"},
    ),
    (
        "mead",
        "M003/video/front/angry/level_3/001.mp4",
        ("M003/front/angry/level_3/001", "M003", "video", "front", "angry"),
        {"emotion": "angry", "level": "3", "sentence": "001", "gender": "male", "take": "angry/level_3/001"},
    ),
    (
        "mead",
        "W009/video/left_60/neutral/level_1/040.mp4",
        ("W009/left_60/neutral/level_1/040", "W009", "video", "left_60", "neutral"),
        {"gender": "female"},
    ),
    (
        "mead",
        "M003/audio/sad/level_2/030.m4a",
        ("M003/audio/sad/level_2/030", "M003", "audio", "", "sad"),
        {"take": "sad/level_2/030"},
    ),
    (
        "mead",
        "raw_videos/M003/front/angry/level_3/M003_front_angry_level_3_001.mp4",
        ("M003/front/angry/level_3/001", "M003", "video", "front", "angry"),
        {"take": "angry/level_3/001"},
    ),
    (
        "mead",
        "W011_video_left_60_happy_level_2_011.mp4",
        ("W011/left_60/happy/level_2/011", "W011", "video", "left_60", "happy"),
        {},
    ),
    (
        "mead",
        "M030_front_neutral_level1_001.mp4",
        ("M030/front/neutral/level_1/001", "M030", "video", "front", "neutral"),
        {"level": "1"},
    ),
    (
        "mead",
        "MEAD_front/Original_video/M003#angry#level_1#002.mp4",
        ("M003/front/angry/level_1/002", "M003", "video", "front", "angry"),
        {"sentence": "002"},
    ),
    (
        "mead",
        "MEAD_front/audio/M003#angry#level_1#002.wav",
        ("M003/audio/angry/level_1/002", "M003", "audio", "", "angry"),
        {},
    ),
    ("mead", "wav/M003_angry_level_1_001.wav", ("M003/audio/angry/level_1/001", "M003", "audio", "", "angry"), {}),
    (
        "voxceleb2",
        "vox/train/id10280#NXjT3732Ekg#001093#001192.mp4",
        ("dev/video/id10280/NXjT3732Ekg/001093-001192", "id10280", "video", "", "speech"),
        {"part": "dev", "utterance": "001093-001192"},
    ),
    (
        "voxceleb2",
        "train/wav/id00012/21Uxsk56VDQ/00001.wav",
        ("dev/audio/id00012/21Uxsk56VDQ/00001", "id00012", "audio", "", "speech"),
        {},
    ),
    ("ffhq", "00069/img00069999.png", ("images/69999", "69999", "image", "", ""), {"part": "validation"}),
    ("ffhq", "images512x512/00042.jpg", ("images512x512/00042", "00042", "image", "", ""), {}),
    (
        "ravdess",
        "ACTOR01/01-01-01-01-01-01-01.mp4",
        ("Actor_01/01-01-01-01-01-01-01", "Actor_01", "video", "", "neutral"),
        {},
    ),
    (
        "ffhq",
        "images1024x1024/69000/69999.png",
        ("images1024x1024/69999", "69999", "image", "", ""),
        {"part": "validation"},
    ),
    (
        "ffhq",
        "thumbnails128x128/00000/00000.png",
        ("thumbnails128x128/00000", "00000", "image", "", ""),
        {"part": "training"},
    ),
    (
        "hdtf",
        "WDA_BarackObama_000.mp4",
        ("WDA_BarackObama_000", "BarackObama", "video", "", "speech"),
        {"subset": "WDA", "clip": "000"},
    ),
    (
        "hdtf",
        "RD_Radio10_001.mp4",
        ("RD_Radio10_001", "Radio10", "video", "", "speech"),
        {"subset": "RD", "video": "Radio10"},
    ),
    (
        "hdtf",
        "WRA_AdamKinzinger2_002.mp4",
        ("WRA_AdamKinzinger2_002", "AdamKinzinger", "video", "", "speech"),
        {"video": "AdamKinzinger2"},
    ),
    ("hdtf", "Radio11_1.mp4", ("Radio11_001", "Radio11", "video", "", "speech"), {"subset": ""}),
    (
        "voxceleb2",
        "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4",
        ("dev/video/id00012/21Uxsk56VDQ/00001", "id00012", "video", "", "speech"),
        {"part": "dev", "video": "21Uxsk56VDQ"},
    ),
    (
        "voxceleb2",
        "vox2_test_aac/id00017/-a-_b2c3D4e/00380.m4a",
        ("test/audio/id00017/-a-_b2c3D4e/00380", "id00017", "audio", "", "speech"),
        {"part": "test"},
    ),
    (
        "savee",
        "AudioData/DC/sa15.wav",
        ("DC/audio/sa15", "DC", "audio", "", "sadness"),
        {"emotion": "sadness", "sentence": "15"},
    ),
    ("savee", "AudioVisualClip/KL/n30.avi", ("KL/video/n30", "KL", "video", "", "neutral"), {}),
    ("savee", "AudioVisualClip/JK/a1.avi", ("JK/video/a01", "JK", "video", "", "anger"), {"sentence": "01"}),
    (
        "ravdess",
        "Video_Speech_Actor_12/Actor_12/02-01-06-01-02-01-12.mp4",
        ("Actor_12/02-01-06-01-02-01-12", "Actor_12", "video", "", "fearful"),
        {
            "modality": "video-only",
            "channel": "speech",
            "intensity": "normal",
            "statement": "Dogs are sitting by the door",
            "gender": "female",
        },
    ),
    (
        "ravdess",
        "Actor_01/03-02-05-02-01-02-01.wav",
        ("Actor_01/03-02-05-02-01-02-01", "Actor_01", "audio", "", "angry"),
        {"channel": "song", "intensity": "strong"},
    ),
    (
        "crema-d",
        "VideoFlash/1001_DFA_ANG_XX.flv",
        ("flv/1001_DFA_ANG_XX", "1001", "video", "", "angry"),
        {"sentence": "Don't forget a jacket", "level": "unspecified"},
    ),
    (
        "crema-d",
        "AudioWAV/1091_IEO_DIS_HI.wav",
        ("wav/1091_IEO_DIS_HI", "1091", "audio", "", "disgust"),
        {"level": "high"},
    ),
    ("mmi", "Sessions/1767/S053-012.avi", ("1767/video/S053-012", "S053", "video", "", ""), {"session": "1767"}),
]

IMPOSSIBLE = [
    ("mead", "video/front/angry/level_1/001.mp4", "no folder is named like an actor"),
    ("mead", "M003/video/front/joyful/level_1/001.mp4", "named after an emotion"),
    ("mead", "M003/video/front/angry/level_4/001.mp4", "level_4"),
    ("mead", "M003/video/front/neutral/level_3/001.mp4", "neutral has level_1 only"),
    ("mead", "M003/video/angry/level_1/001.mp4", "named after a view"),
    ("mead", "M003/video/front/left_30/angry/level_1/001.mp4", "front, left_30"),
    ("mead", "M003/video/front/angry/level_1/1.mp4", "three digits"),
    ("ffhq", "images1024x1024/70000/70000.png", "expected 00000 to 69999"),
    ("ffhq", "images1024x1024/00000/01000.png", "belongs into folder 01000"),
    ("ffhq", "images1024x1024/00000/cover.png", "five digits"),
    ("hdtf", "BarackObama.mp4", "expected <subset>_<video>_<clip>"),
    ("hdtf", "_videos_raw/WDA_BarackObama_1.mp4", "uncut"),
    ("voxceleb2", "dev/mp4/id12/21Uxsk56VDQ/00001.mp4", "expected the folders <person>/<video>"),
    ("voxceleb2", "dev/mp4/id00012/short/00001.mp4", "eleven characters"),
    ("voxceleb2", "dev/test/id00012/21Uxsk56VDQ/00001.mp4", "both dev and test"),
    ("savee", "AudioData/XX/a01.wav", "expected one speaker"),
    ("savee", "AudioData/DC/a16.wav", "expected 1 to 15 for anger"),
    ("savee", "AudioData/DC/sx01.wav", "the emotion is 'sx'"),
    ("savee", "AudioData/DC/JE_a01.wav", "expected one speaker"),
    ("ravdess", "Actor_01/01-01-09-01-01-01-01.mp4", "the emotion is 09, expected 01 to 08"),
    ("ravdess", "Actor_01/01-01-01-02-01-01-01.mp4", "neutral has no strong intensity"),
    ("ravdess", "Actor_01/01-02-08-01-01-01-01.mp4", "spoken only"),
    ("ravdess", "Actor_18/01-02-03-01-01-01-18.mp4", "no songs of actor 18"),
    ("ravdess", "Actor_02/01-01-03-01-01-01-01.mp4", "the folder is Actor_02"),
    ("ravdess", "Actor_01/03-01-03-01-01-01-01.mp4", "audio-only"),
    ("crema-d", "VideoFlash/1092_DFA_ANG_XX.flv", "expected 1001 to 1091"),
    ("crema-d", "VideoFlash/1001_DFA_ANG_HI.flv", "expected XX"),
    ("crema-d", "VideoFlash/1001_IEO_ANG_XX.flv", "expected LO, MD or HI"),
    ("crema-d", "VideoFlash/1001_IEO_NEU_LO.flv", "expected XX"),
    ("crema-d", "VideoFlash/1001_AAA_NEU_XX.flv", "the sentence is AAA"),
    ("mmi", "Sessions/readme/S053-012.avi", "session's number"),
    ("mmi", "Sessions/12/clip.avi", "S001-001"),
]


@pytest.mark.parametrize(("corpus", "path", "facts", "some_fields"), OFFICIAL, ids=lambda value: str(value)[:40])
def test_official_name(corpus: str, path: str, facts: tuple[str, ...], some_fields: dict[str, str]) -> None:
    file = load_corpus(corpus).parse(PurePath(path), "data")
    assert not isinstance(file, str), file
    assert (file.id, file.subject, file.kind, file.view, file.task) == facts
    assert some_fields.items() <= dict(file.fields).items()


@pytest.mark.parametrize(("corpus", "path", "reason"), IMPOSSIBLE, ids=lambda value: str(value)[:40])
def test_impossible_name_has_a_reason(corpus: str, path: str, reason: str) -> None:
    found = load_corpus(corpus).parse(PurePath(path), "data")
    assert isinstance(found, str), found
    assert reason in found


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_corpus_says_how_to_get_it(corpus: str) -> None:
    known = load_corpus(corpus)
    assert known.name == corpus
    assert min(len(known.title), len(known.licence), len(known.how_to_get)) > 20
    assert known.page.startswith("http")
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in known.suffixes)


def test_one_actors_folder_can_be_opened_alone() -> None:
    file = load_corpus("mead").parse(PurePath("video/top/happy/level_2/007.mp4"), "W016")
    assert not isinstance(file, str)
    assert file.subject == "W016"


def test_the_data_directorys_own_name_does_not_say_which_part() -> None:
    path = PurePath("dev/mp4/id00012/21Uxsk56VDQ/00001.mp4")
    file = load_corpus("voxceleb2").parse(path, "my_test_data")
    assert not isinstance(file, str)
    assert file.fields["part"] == "dev"


def test_folders_in_between_are_allowed() -> None:
    file = load_corpus("mead").parse(PurePath("M009/video/1/front/fear/level_1/002.mp4"), "data")
    assert not isinstance(file, str)
    assert file.id == "M009/front/fear/level_1/002"


def test_an_unknown_corpus_names_the_nearest() -> None:
    with pytest.raises(UnknownCorpus, match="did you mean 'ravdess'"):
        load_corpus("ravdes")
