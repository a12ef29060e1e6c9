"""What a protocol asks of a method's card is found out before anything runs, and the card stands in the results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines import Capabilities, Method
from baselines.doors.spec import spec_of_object
from baselines.interface.method import Chunk, Driver
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.plan import Plan
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.engine.tools import Tools
from benchmark.features.types.extractor import Compute
from benchmark.metrics import cards_of
from benchmark.protocols.cases import build_cases
from benchmark.protocols.protocol import Protocol
from benchmark.report.method_cards import SEEN, label_of, method_views, seen_legend
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import CardRecord, Results, SpeedRecord
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.executor import SerialExecutor
from tests.benchmark import harness
from tests.leaderboard.conftest import make_results

CARD: dict[str, Any] = {"drives": {"image"}, "licence": "MIT", "parallel_safe": True}


class Noise(Method):
    """Draws at random in every way that there is, and keeps what it drew."""

    name = "noise"
    capabilities = Capabilities(**CARD)
    drawn: list[tuple[int, float]]

    def prepare(self, source: np.ndarray) -> np.ndarray:
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        self.drawn.append((driver.seed, float(np.random.rand())))
        yield Chunk(np.repeat(prepared[None], driver.frame_count, axis=0))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def plan_of(
    data: Path, out: Path, card: dict[str, Any], *, asks: dict[str, Any] | None = None, device: str = "cpu",
    gives: tuple[str, ...] = ("image",), lines: list[str] | None = None, limit: int | None = None,
    networks: Callable[[], NetworkStatus] = lambda: harness.NETWORKS,
) -> tuple[Plan, Noise]:  # fmt: skip
    method = Noise()
    method.capabilities, method.drawn = Capabilities(**{**CARD, **card}), []
    content = harness.tiny_protocol().model_dump()
    protocol = Protocol.model_validate({**content, "asks": asks or {}, "gives": gives})
    said: list[str] = [] if lines is None else lines
    return plan_protocol(
        protocol, open_catalog(data), [spec_of_object(method)], cards_of(protocol.metrics), networks, out,
        compute=Compute(device), announce=said.append, objects={"noise": method}, limit=limit,
    ), method  # fmt: skip


@pytest.mark.parametrize(
    ("card", "asks", "reason"),
    [
        ({"trained_on": {"FEED"}}, {"unseen_people": True}, "was trained on feed/ID_1, feed/ID_2, feed/ID_3, whom"),
        ({}, {"unseen_people": True}, "say trained_on="),
        ({"needs_optimisation": True}, {"no_optimisation": True}, "is trained on every source, which"),
        ({"motion": "relative"}, {"motion": "absolute"}, "has relative motion, which"),
        ({"seeded": False}, {"seeded": True}, "gives other frames each time, which"),
        ({"needs_gpu": True}, {}, "needs a GPU"),
        ({"python": "<3"}, {}, "wants python <3"),
        ({"torch": ">99"}, {}, "wants torch >99"),
        (
            {"drives": {"audio"}, "frame_rule": "audio-clock", "fps": 25},
            {},
            r"uses 5 of the 9 frames of ID_\d/\w+",
        ),
    ],
)
def test_a_method_that_does_not_fit_is_refused_before_anything_runs(
    card: dict[str, Any], asks: dict[str, Any], reason: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(BenchmarkError, match=f"noise cannot run on .*: it .*{reason}"):
        plan_of(
            data, tmp_path, card, asks=asks, gives=("image", "audio") if "fps" in card else ("image",),
            networks=lambda: pytest.fail("networks were asked for"),
        )  # fmt: skip
    assert not any(tmp_path.iterdir())


def test_what_runs_is_announced_with_what_a_reader_must_know(data: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    plan_of(data, tmp_path, {"fps": 30, "trained_on": {"feed/ID_2"}, "size_px": 32}, lines=lines)
    assert "noise works at 32 px; its frames are scaled to 64 px" in lines
    assert "noise was trained on 1 of the 4 people here: feed/ID_2" in lines
    assert any(line.startswith("noise works at 30 fps") for line in lines)


def test_a_protocol_that_asks_nothing_keeps_the_hash_of_its_cases(data: Path) -> None:
    protocol, catalog = harness.tiny_protocol(), open_catalog(data)
    asking = Protocol.model_validate({**protocol.model_dump(), "asks": {"seeded": True}})
    assert build_cases(protocol, catalog).sha256 != build_cases(asking, catalog).sha256
    content = {name: value for name, value in protocol.model_dump().items() if name != "asks"}
    assert build_cases(Protocol.model_validate(content), catalog).sha256 == build_cases(protocol, catalog).sha256


def test_every_case_has_its_seed_whatever_ran_before(data: Path, tmp_path: Path) -> None:
    def drawn(out: Path, limit: int | None) -> list[tuple[int, float]]:
        plan, method = plan_of(data, out, {}, limit=limit)
        harness.run_plan(plan, SerialExecutor(lambda: Tools(harness.models(), objects={"noise": method})))
        return method.drawn

    both, one = drawn(tmp_path / "a", None), drawn(tmp_path / "b", 1)
    assert len(set(both)) == len(both) > 1
    assert set(one) <= set(both)


def test_the_card_stands_in_the_results(data: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    card = {"weights_licence": "CC BY-NC 4.0", "motion": "absolute", "trained_on": {"FEED"}, "commit": commit}
    plan, method = plan_of(data, tmp_path / "out", card, limit=1)
    harness.run_plan(plan, SerialExecutor(lambda: Tools(harness.models(), objects={"noise": method})))
    (record,) = Results.load(tmp_path / "out" / "results.json").methods
    assert record.licence == "MIT; weights: CC BY-NC 4.0"
    assert record.card is not None
    assert (record.card.motion, record.card.commit, record.card.seeded) == ("absolute", commit, None)
    assert record.card.seen_people is not None
    assert {one.partition("/")[0] for one in record.card.seen_people} == {"feed"}


def test_the_speed_of_a_method_comes_with_its_frames_and_stays_with_them(data: Path, tmp_path: Path) -> None:
    def speed() -> SpeedRecord:
        plan = harness.make_plan(data, tmp_path / "out", methods=("copy-driver",))
        harness.run_plan(plan)
        found = Results.load(tmp_path / "out" / "results.json")
        (record,) = found.methods
        assert record.speed is not None
        assert (
            found.fingerprint()
            == found.model_copy(update={"methods": [record.model_copy(update={"speed": None})]}).fingerprint()
        )
        return record.speed

    made = speed()
    assert made.warm_up_s is not None and made.prepare_s is not None and made.peak_memory_bytes is not None
    assert made.frames == 0  # copy-driver gives a clip of five frames at once
    assert speed() == made  # nothing is made again, and what was measured is read


def test_a_method_that_knows_the_test_people_is_marked(tmp_path: Path) -> None:
    results = make_results()
    plain = {name: None for name in CardRecord.model_fields}
    card = CardRecord.model_validate({**plain, "drives": ["image"], "trained_on": ["FEED"], "seen_people": ["feed/S1"]})
    first, second = results.methods
    marked = results.model_copy(update={"methods": [first.model_copy(update={"card": card}), second]})
    assert label_of(marked, first.name) == f"{first.name} {SEEN}"
    assert label_of(marked, second.name) == second.name
    assert seen_legend(marked).endswith(f"({first.name} on feed/S1)")
    assert seen_legend(results) == ""
    (view,) = method_views(marked)
    assert ("motion", "unknown") in view.facts and ("trained on", "FEED") in view.facts


def test_languages_of_a_card_stand_where_sound_drives_and_leave_other_fingerprints(data: Path, tmp_path: Path) -> None:
    card = {"drives": {"audio", "image"}, "hears": {"Polish", "English"}}
    heard, seen = (
        next(one for one in plan_of(data, tmp_path, card, gives=gives)[0].methods if one.name == "noise").card
        for gives in (("audio",), ("image",))
    )
    assert heard is not None and heard.hears == ["English", "Polish"]
    assert seen is not None and seen.hears is None
    results = make_results()
    before = results.model_copy(update={"methods": [results.methods[0].model_copy(update={"card": seen})]})
    content = json.loads(before.to_json())
    del content["methods"][0]["card"]["hears"]
    assert Results.of_content(content, "of before").fingerprint() == before.fingerprint()
    said = before.methods[0].model_copy(update={"card": heard})
    assert before.model_copy(update={"methods": [said]}).fingerprint() != before.fingerprint()


def test_a_card_changes_the_fingerprint_and_its_absence_does_not() -> None:
    results = make_results()
    plain = {name: None for name in CardRecord.model_fields}
    card = CardRecord.model_validate({**plain, "drives": []})
    with_card = [results.methods[0].model_copy(update={"card": card}), *results.methods[1:]]
    assert results.model_copy(update={"methods": with_card}).fingerprint() != results.fingerprint()
