"""Which cases a protocol gives on some data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmark.engine.controls import other_sounds
from benchmark.metrics import CARDS
from benchmark.protocols import protocol as protocols
from benchmark.protocols.cases import build_cases, select_drivers
from benchmark.protocols.photos import PHOTOS, photo
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError, UnknownProtocol
from feed_dataset.catalog.catalog import Catalog, open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.layout.splits import split_of


def catalog(subjects: int = 5, stems: tuple[str, ...] = ("MAU_strong", "rotations", "FF_NR", "random")) -> Catalog:
    clips = [
        Clip(
            id=f"ID_{n}/{stem}_{camera}",
            subject=f"ID_{n}",
            stem=stem,
            task="basic",
            mode="strong",
            camera=camera,
            path=Path(f"/data/ID_{n}/{stem}_{camera}.mp4"),
            ground_truth=None,
            has_audio=False,
        )
        for n in range(1, subjects + 1)
        for stem in stems
        for camera in "CLR"
    ]
    return Catalog("feed", Path("/data"), tuple(clips), (), "digest")


@pytest.mark.parametrize("name", protocols.names())
def test_shipped_protocols_are_valid(name: str) -> None:
    protocol = protocols.load(name)
    assert protocol.name == name
    assert set(protocol.metrics) <= set(CARDS)
    assert set(protocol.sources.photos) <= set(PHOTOS)
    needs = {need for metric in protocol.metrics for need in CARDS[metric].needs}
    assert protocol.has_references or "reference" not in needs


def test_same_seed_same_list_and_another_seed_another() -> None:
    protocol = protocols.load("feed-cross")
    first = build_cases(protocol, catalog())
    assert first == build_cases(protocol, catalog())
    other = build_cases(protocol.model_copy(update={"seed": 1}), catalog())
    assert other.sha256 != first.sha256
    assert [c.id for c in other.cases] != [c.id for c in first.cases]


@pytest.mark.parametrize("change", [{"size_px": 128}, {"embed_every": 1}, {"metrics": ("psnr",)}, {"crop_scale": 1.2}])
def test_every_setting_enters_the_hash(change: dict[str, object]) -> None:
    protocol = protocols.load("feed-cross")
    assert build_cases(protocol.model_copy(update=change), catalog()).sha256 != build_cases(protocol, catalog()).sha256


def test_place_of_the_data_does_not_enter_the_hash() -> None:
    protocol = protocols.load("feed-cross")
    here = catalog()
    clips = tuple(Clip(**{**vars(c), "path": Path("/elsewhere") / c.path.name}) for c in here.clips)
    there = Catalog(here.name, Path("/elsewhere"), clips, (), here.digest)
    assert build_cases(protocol, there).sha256 == build_cases(protocol, here).sha256


def test_cross_cases_never_drive_a_subject_by_itself() -> None:
    cases = build_cases(protocols.load("feed-cross"), catalog()).cases
    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        assert not case.has_reference
        assert case.source.label != case.cluster
        assert case.driver_id.endswith("_C")
    assert sum(case.source.is_photo for case in cases) == 4


def test_drivers_are_spread_over_subjects_and_stems() -> None:
    protocol = protocols.load("feed-cross")
    drivers = select_drivers(protocol, catalog(subjects=4, stems=("MAU_strong", "rotations", "FF_NR", "random", "FF")))
    assert len(drivers) == 20
    eight = protocol.model_copy(update={"drivers": protocol.drivers.model_copy(update={"cases": 8})})
    chosen = select_drivers(eight, catalog(subjects=4))
    assert sorted(chosen.count(c) for c in chosen) == [1] * 8
    subjects, stems = [clip.subject for clip in chosen], [clip.stem for clip in chosen]
    assert {subjects.count(subject) for subject in subjects} == {2}
    assert len(set(stems)) == 4
    assert max(stems.count(stem) for stem in stems) <= 3


def _balanced(**sources: object) -> Protocol:
    """14 subjects of whom some drive; the last ones are sources."""
    shipped = protocols.load("feed-cross")
    drivers = shipped.drivers.model_copy(update={"subjects": tuple(f"ID_{n}" for n in range(1, 9)), "cases": 24})
    chosen = {"subjects": ("ID_9", "ID_10"), "photos": ("grace_hopper",), "photo_cases": 0, **sources}
    return shipped.model_copy(
        update={"drivers": drivers, "sources": shipped.sources.model_copy(update=chosen), "version": "9"}
    )


def test_named_sources_are_balanced_and_meet_nobody_twice() -> None:
    three = catalog(subjects=10, stems=("MAU_strong", "rotations", "FF"))
    cases = build_cases(_balanced(), three).cases
    assert Counter(case.source.label for case in cases) == {"ID_9": 8, "ID_10": 8, "grace_hopper": 8}
    assert Counter(case.cluster for case in cases) == {f"ID_{n}": 3 for n in range(1, 9)}
    assert len({(case.cluster, case.source.label) for case in cases}) == len(cases) == 24


def test_named_sources_must_be_there_and_suffice() -> None:
    with pytest.raises(BenchmarkError, match="camera C of ID_99 for protocol 'feed-cross'"):
        build_cases(_balanced(subjects=("ID_99",)), catalog(subjects=10))
    with pytest.raises(BenchmarkError, match="as many sources as clips of ID_. for protocol"):
        build_cases(_balanced(photos=()), catalog(subjects=10, stems=("MAU_strong", "rotations", "FF")))


def test_the_main_protocol_is_sparse_balanced_and_its_people_are_held_out() -> None:
    """Floors: 12 driver people, 6 source people, every stem with many sources."""
    protocol = protocols.load("feed-mini-cross")
    cases = build_cases(protocol, open_catalog(protocol.root)).cases
    drivers = Counter(case.cluster for case in cases)
    sources = Counter(case.source.label for case in cases)
    assert len(drivers) == 14 and set(drivers.values()) == {2}
    assert len(sources) == 7 and set(sources.values()) == {4}
    assert not set(drivers) & set(sources)
    assert {split_of(name) for name in {*drivers, *sources} - {"grace_hopper"}} == {"test"}
    pairs = {(case.cluster, case.source.label) for case in cases}
    assert len(pairs) == len(cases) == 28, "no driver meets a source twice"
    stems = {(case.source.label, case.driver_id.split("/")[1]) for case in cases}
    assert all((source, "FF_C") in stems for source in sources)
    assert min(Counter(source for source, _ in stems).values()) >= 2, "no source meets one kind of motion only"


def test_lists_of_before_keep_their_hash() -> None:
    """What protocols learned to say since then enters the hash only where it is said."""
    known = {
        "feed-mini-self": "1910ca429b087960fa85d420f89d4be74710f9168554a261e5b8e58d9a8f67e0",
        "feed-mini-multiview": "10c760b0865baad835ced000c1eb569568b2d173fe6901bcc6194feecb82c663",
    }
    assert {name: build_cases(protocols.load(name), open_catalog()).sha256 for name in known} == known


@pytest.mark.parametrize("name", ["feed-mini-speech", "feed-mini-sound"])
def test_speech_has_twelve_held_out_speakers_of_three_languages(name: str) -> None:
    protocol = protocols.load(name)
    cases = build_cases(protocol, open_catalog(protocol.root)).cases
    assert len({case.cluster for case in cases}) == len(cases) == 12
    assert {split_of(case.cluster) for case in cases} == {"test"}
    assert Counter(case.language for case in cases) == {"English": 4, "Spanish": 4, "Mandarin": 4}
    sounds = other_sounds(cases, protocol.seed)
    assert all(sounds[case.driver_path] != case.driver_path for case in cases), "each hears somebody else's"


def test_self_cases_are_their_own_reference() -> None:
    for case in build_cases(protocols.load("feed-self"), catalog()).cases:
        assert case.has_reference
        assert case.source.path == case.driver_path
        assert case.source.id == f"{case.driver_id}@0"


def test_one_subject_can_only_drive_photographs() -> None:
    cases = build_cases(protocols.load("feed-cross"), catalog(subjects=1)).cases
    assert cases
    assert all(case.source.is_photo for case in cases)


def test_no_clip_of_the_selection_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="expected clips of camera C with stems"):
        build_cases(protocols.load("feed-cross"), catalog(stems=("blinks",)))


def test_case_ids_are_file_names() -> None:
    for case in build_cases(protocols.load("feed-cross"), catalog()).cases:
        assert Path(case.id).name == case.id
        assert "@" not in case.id


def test_unknown_protocol_names_the_nearest() -> None:
    with pytest.raises(UnknownProtocol, match="did you mean 'feed-mini-cross'"):
        protocols.choose("feed-mini-crss", has_data_dir=False)


@pytest.mark.parametrize(
    ("name", "has_data", "expected"), [(None, False, "feed-mini-cross"), (None, True, "feed-cross")]
)
def test_default_protocol(name: str | None, has_data: bool, expected: str) -> None:
    assert protocols.choose(name, has_data_dir=has_data).name == expected


@pytest.mark.parametrize(
    ("name", "has_data", "use"),
    [("feed-mini-self", True, "feed-self"), ("feed-cross", False, "feed-mini-cross")],
)
def test_a_protocol_is_never_run_on_other_data(name: str, has_data: bool, use: str) -> None:
    with pytest.raises(BenchmarkError, match=f"use --protocol {use}"):
        protocols.choose(name, has_data_dir=has_data)


def test_photographs_are_the_recorded_ones() -> None:
    for name in PHOTOS:
        assert file_sha256(photo(name).path()) == photo(name).sha256
    with pytest.raises(BenchmarkError, match="grace_hopper"):
        photo("grace_hoper")
