"""Pictures that drive pictures: who is chosen, who meets whom, and what a copy of the data may lack."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmark.protocols import protocol as protocols
from benchmark.protocols.cases import build_cases
from benchmark.protocols.corpora import Corpora, open_corpora
from benchmark.protocols.data import directories, open_data
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.ranking import in_turns
from benchmark.protocols.stated import stated_cases
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import LayoutError
from tests.benchmark.protocols.copies import EMOTIONS, adults, tiny_pairs, write_ffhq, write_mead

STATED = [name for name in protocols.names() if protocols.load(name).about.stated is not None]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("copies")
    ages = adults(6) | {6: [12.0], 7: [40.0, 41.0], 8: []}
    return {"ffhq": write_ffhq(root / "ffhq", ages), "mead": write_mead(root / "mead")}


@pytest.mark.parametrize("name", STATED)
def test_the_rule_gives_the_published_list_on_the_stated_listing(name: str) -> None:
    """Another hash is another protocol: raise its version, then write the new hash into its file."""
    protocol = protocols.load(name)
    stated = protocol.about.stated
    assert stated is not None
    found = stated_cases(protocol)
    assert (len(found.cases), found.sha256) == (stated.cases, stated.sha256)
    assert len({case.id for case in found.cases}) == stated.cases


@pytest.mark.parametrize("name", ["paper-table3-mead", "paper-table3-feed"])
def test_the_papers_numbers(name: str) -> None:
    """100 sources, each with 20 of 100 drivers: 2,000 pairs, none twice."""
    cases = stated_cases(protocols.load(name)).cases
    assert len({(case.source.id, case.driver_id) for case in cases}) == len(cases) == 2000
    assert set(Counter(case.source.id for case in cases).values()) == {20}
    assert set(Counter(case.driver_id for case in cases).values()) == {20} and len({c.driver_id for c in cases}) == 100
    assert len({case.source.id for case in cases[:100]}) == 100, "a limit cuts drivers, not sources"


def test_meads_drivers_are_of_every_high_emotion_and_no_neutral() -> None:
    drivers = {case.driver_id for case in stated_cases(protocols.load("paper-table3-mead")).cases}
    emotions = Counter(driver.split("/")[2] for driver in drivers)
    assert len(emotions) == 7 and "neutral" not in emotions and set(emotions.values()) <= {14, 15}
    assert {driver.split("/")[3] for driver in drivers} == {"level_3"}
    assert len({driver.split("/")[0] for driver in drivers}) >= 14, "actors take turns within an emotion"


def test_feeds_drivers_are_20_moments_of_each_of_5_people() -> None:
    drivers = {case.driver_id: case.driver_at for case in stated_cases(protocols.load("paper-table3-feed")).cases}
    people = Counter(driver.split("/")[0] for driver in drivers)
    assert people == {f"ID_{number}": 20 for number in (12, 13, 15, 16, 17)}
    for driver, at in drivers.items():
        part = int(driver.partition("@")[2])
        assert at is not None and part / 20 <= at < (part + 1) / 20, "one from each twentieth"


def test_table_4_has_the_pairs_of_table_3_and_its_descriptors_are_of_2000_pictures() -> None:
    third, fourth = (stated_cases(protocols.load(name)).cases for name in ("paper-table3-mead", "paper-table4"))
    assert fourth == third
    cases = stated_cases(protocols.load("paper-table4-latents")).cases
    assert len({case.driver_id for case in cases}) == 2000, "n counts pictures, none twice"
    assert set(Counter(case.cluster for case in cases).values()) <= {16, 17}, "118 people take turns"


def test_sources_are_adults_alone(copies: dict[str, Path]) -> None:
    cases = build_cases(tiny_pairs(sources=6), open_corpora(copies)).cases
    assert {case.source.label for case in cases} == {f"{number:05d}" for number in range(6)}
    with pytest.raises(BenchmarkError, match=r"expected 7 pictures of ffhq \(one adult .* has 6"):
        build_cases(tiny_pairs(sources=7), open_corpora(copies))


def test_a_case_knows_its_people_and_its_files(copies: dict[str, Path]) -> None:
    case = build_cases(tiny_pairs(), open_corpora(copies)).cases[0]
    assert case.id.startswith(f"{case.cluster}-front-") and case.id.endswith(f"--{case.source_cluster}")
    assert case.driver_path.is_file() and case.source.path.is_file()
    assert (case.driver_kind, case.driver_at, case.source.is_photo) == ("frame", 0.5, True)
    assert (case.corpus, case.source.corpus) == ("mead", "ffhq")


def test_the_list_does_not_depend_on_sizes_that_lie_beside_the_images(copies: dict[str, Path], tmp_path: Path) -> None:
    protocol = tiny_pairs(sources=6)
    other = tmp_path / "ffhq"
    for image in sorted((copies["ffhq"] / "images1024x1024" / "00000").glob("*.png")):
        for kind in ("thumbnails128x128", "images512x512"):
            copy = other / kind / "00000" / image.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(image.read_bytes())
    (other / "json").symlink_to(copies["ffhq"] / "json")
    found = build_cases(protocol, open_corpora({"ffhq": other, "mead": copies["mead"]}))
    assert found.sha256 == build_cases(protocol, open_corpora(copies)).sha256
    assert {case.source.path.parts[-3] for case in found.cases} == {"images512x512"}, "the larger one is read"


def test_without_labels_nobody_knows_who_is_an_adult(copies: dict[str, Path], tmp_path: Path) -> None:
    write_ffhq(tmp_path / "ffhq", adults(3))
    for label in (tmp_path / "ffhq" / "json").iterdir():
        label.unlink()
    (tmp_path / "ffhq" / "json").rmdir()
    corpora = open_corpora({"ffhq": tmp_path / "ffhq", "mead": copies["mead"]})
    with pytest.raises(BenchmarkError, match=r"expected FFHQ's public labels .* but found neither; Run"):
        build_cases(tiny_pairs(), corpora)


def test_a_field_that_the_corpus_has_not_is_named(copies: dict[str, Path]) -> None:
    content = tiny_pairs().model_dump()
    content["pairs"]["drivers"]["where"] = {"mood": ["angry"]}
    with pytest.raises(BenchmarkError, match=r"expected a field among .*emotion.* but the protocol names 'mood'"):
        build_cases(Protocol.model_validate(content), open_corpora(copies))


def test_turns_nest() -> None:
    items = [f"{first}{second}{number}" for first in "ab" for second in "xyz" for number in "12"]
    order = in_turns(items, [lambda item: item[0], lambda item: item[1]], str, 0, "test")
    assert sorted(order) == sorted(items)
    assert all(len({order[i][0], order[i + 1][0]}) == 2 for i in range(0, len(order), 2))
    assert {item[:2] for item in order[:6]} == {first + second for first in "ab" for second in "xyz"}


class TestData:
    """`--data` for one corpus and for several."""

    def test_a_name_or_none(self) -> None:
        assert directories(["/a"]) == {"feed": Path("/a")}
        assert directories(["ffhq=/a", "MEAD=/b"]) == {"ffhq": Path("/a"), "mead": Path("/b")}

    @pytest.mark.parametrize(
        ("texts", "reason"),
        [
            (["mede=/a"], "did you mean 'mead'"),
            (["/a", "feed=/b"], "expected one --data of feed but got /a and /b"),
        ],
    )
    def test_nonsense_is_named(self, texts: list[str], reason: str) -> None:
        with pytest.raises(BenchmarkError, match=reason):
            directories(texts)

    def test_what_a_protocol_reads_must_be_given_and_nothing_else(self, copies: dict[str, Path]) -> None:
        assert isinstance(open_data(tiny_pairs(), copies), Corpora)
        with pytest.raises(BenchmarkError, match="expected --data ffhq=DIR --data mead=DIR with .* got --data ffhq="):
            open_data(tiny_pairs(), {"ffhq": copies["ffhq"]})
        with pytest.raises(BenchmarkError, match="expected --data DIR with feed-cross but got --data mead=/"):
            open_data(protocols.load("feed-cross"), {"mead": copies["mead"]})
        with pytest.raises(BenchmarkError, match="expected no --data with feed-mini-self"):
            open_data(protocols.load("feed-mini-self"), copies)

    def test_a_folder_of_something_else_is_one_line(self, copies: dict[str, Path]) -> None:
        with pytest.raises(LayoutError, match=r"expected files <actor>.* of mead below .* but found none"):
            open_corpora({"mead": copies["ffhq"]})
        with pytest.raises(LayoutError, match="does not exist"):
            open_corpora({"mead": Path("/nowhere/at/all")})

    def test_the_other_kind_of_data_is_refused(self, copies: dict[str, Path]) -> None:
        with pytest.raises(BenchmarkError, match="expected feed for protocol 'feed-cross' but got ffhq"):
            build_cases(protocols.load("feed-cross"), open_corpora(copies))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"frames_per_case": 5}, "a picture has one frame"),
        ({"task": "self"}, "a picture has one frame"),
        ({"data": "feed"}, "expected pairs on corpora but got feed"),
        ({"pairs": None}, "expected one of drivers, pairs, sequences, views but got none"),
        ({"sources": {"photos": ["grace_hopper"]}}, "expected no sources beside pairs"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Protocol.model_validate(protocols.load("paper-table3-mead").model_dump() | changes)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("paper-table5-hdtf", {"task": "cross"}, "expected task self with sequences"),
        ("feed-multiview", {"task": "self"}, "expected task views with views, and only there, but got self"),
        ("feed-multiview", {"data": "corpora"}, "expected views on feed but got corpora"),
        ("feed-self", {"task": "views"}, "expected task views with views, and only there, but got views"),
    ],
)
def test_tasks_belong_to_rules(name: str, changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Protocol.model_validate(protocols.load(name).model_dump() | changes)


def test_emotions_of_the_tiny_copy_are_meads() -> None:
    pairs = protocols.load("paper-table3-mead").pairs
    assert pairs is not None and set(EMOTIONS) <= set(pairs.drivers.where["emotion"])
