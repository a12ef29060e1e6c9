"""`diff` names the input that was changed, for each kind of input; and what cannot have been it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import main
from benchmark.features.types.extractor import Compute
from benchmark.results.schema import Results
from benchmark.runs.explain import explain
from benchmark.runs.inputs import KINDS
from tests.benchmark.runs import planted
from tests.benchmark.runs.planted import Setup, edited


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return planted.run(tmp_path_factory.mktemp("base"))


def package(content: dict[str, Any]) -> None:
    content["environment"]["packages"]["numpy"] = "1.99"


def reader(content: dict[str, Any]) -> None:
    content["environment"]["reader"] = "decord"


def own_code(content: dict[str, Any]) -> None:
    content["environment"]["code"] = "0.2.0, 0123456789abcdef"


def preprocessing(content: dict[str, Any]) -> None:
    content["extractors"]["dlib"] = "another crop"


def machine(content: dict[str, Any]) -> None:
    content["environment"]["device"] = "NVIDIA H200; cpu, 16 cores, x86_64"


REAL = {
    "data": (Setup(brighter_data=9), "data", "files of", "inputs"),
    "case list": (Setup(limit=3), "case list", "cases", "cases"),
    "protocol version": (Setup(limit=3, protocol={"version": "9"}), "case list", "protocol", "cases"),
    "weights": (Setup(weights="9"), "weights", "weights of mine", "frames"),
    "network": (Setup(network="d" * 64, embedding=0.3), "network", "dlib-face-resnet", "scoring"),
    "size": (Setup(protocol={"size_px": 40}), "settings", "size_px", "inputs"),
    "crop": (Setup(protocol={"crop_scale": 1.5}), "settings", "crop scale", "inputs"),
    "thinning": (Setup(protocol={"embed_every": 3}), "settings", "descriptors of every n-th frame", "scoring"),
    "method's code": (Setup(brighter=4), "code", "code of mine", "frames"),
    "precision": (Setup(compute=Compute("cpu", "bfloat16")), "device", "precision of networks", "scoring"),
}
FILES: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "preprocessing": (preprocessing, "settings", "preprocessing of dlib"),
    "library": (package, "libraries", "numpy"),
    "video reader": (reader, "libraries", "video reader"),
    "our code": (own_code, "code", "this package"),
    "machine": (machine, "device", "machine"),
}


@pytest.mark.parametrize("planted_in", REAL)
def test_the_input_of_a_real_run_that_was_changed_is_named(planted_in: str, base: Results, tmp_path: Path) -> None:
    setup, kind, name, stage = REAL[planted_in]
    found = explain(base, planted.run(tmp_path, setup))
    assert found.first is not None
    assert (found.first.kind, found.first.name) == (kind, name)
    assert {one.cause for one in found.numbers} == {found.first}
    assert {one.stage for one in found.numbers} == {stage}
    assert found.faults == () and found.unrecorded == ()


@pytest.mark.parametrize("planted_in", FILES)
def test_the_input_of_a_file_that_was_changed_is_named(planted_in: str, base: Results) -> None:
    change, kind, name = FILES[planted_in]
    found = explain(base, edited(base, change))
    assert found.first is not None
    assert (found.first.kind, found.first.name) == (kind, name)
    assert {one.metric for one in found.numbers} == {"csim[dlib]"}
    assert {one.stage for one in found.numbers} == {"scoring"}  # the frames that were scored are the same


def test_a_seed_that_chooses_other_cases_is_named_before_them(tmp_path: Path) -> None:
    runs = []
    for seed in (3, 4):
        (tmp_path / str(seed)).mkdir()
        runs.append(planted.run(tmp_path / str(seed), Setup(seeded=True, protocol={"seed": seed})))
    assert runs[0].protocol.case_ids != runs[1].protocol.case_ids
    found = explain(*runs)
    assert found.first is not None and (found.first.kind, found.first.values) == ("seed", ("3", "4"))
    sets = [one.metric for one in found.numbers if one.is_of_set]
    assert set(sets) <= {"fd[dlib]"} and len(sets) < len(found.numbers), "a mean over other cases is not of a set"
    assert next(one for one in found.inputs if one.kind == "case list").follows == "seed"


def test_every_kind_has_its_test() -> None:
    covered = {kind for _, kind, *_ in (*REAL.values(), *FILES.values())} | {"seed"}
    assert covered == set(KINDS)


def test_only_the_method_whose_weights_changed_is_concerned(base: Results, tmp_path: Path) -> None:
    found = explain(base, planted.run(tmp_path, Setup(weights="9")))
    assert {one.method for one in found.numbers} == {"mine"}


def test_weights_that_gave_the_same_frames_are_not_to_blame(base: Results, tmp_path: Path) -> None:
    """Though weights come before networks: the frames are equal, so the cause lies in scoring."""
    found = explain(base, planted.run(tmp_path, Setup(weights="5 ", network="d" * 64, embedding=0.3)))
    assert [one.kind for one in found.inputs] == ["weights", "network"]
    assert found.first is not None and found.first.kind == "network"


def test_of_two_possible_causes_the_earlier_one_is_named(base: Results) -> None:
    def both(content: dict[str, Any]) -> None:
        package(content)
        machine(content)

    found = explain(base, edited(base, both))
    assert found.first is not None and found.first.kind == "libraries"
    assert [one.kind for one in found.inputs] == ["libraries", "device"]


def test_what_older_files_do_not_say_is_said(base: Results) -> None:
    def older(content: dict[str, Any]) -> None:
        content |= {"inputs": None}
        content["protocol"]["settings"] = content["environment"]["code"] = None
        for method in content["methods"]:
            method["outputs"] = None
        package(content)

    found = explain(base, edited(base, older))
    assert {(one.kind, one.name, one.where) for one in found.unrecorded} == {
        ("settings", "settings of the protocol", "B"),
        ("code", "code of this package", "B"),
        ("code", "code of methods", "B"),
    }
    assert found.first is not None and found.first.kind == "libraries"
    assert {one.stage for one in found.numbers} == {"unknown"}


def test_a_file_that_was_edited_by_hand_is_found_out(base: Results) -> None:
    def edit(content: dict[str, Any]) -> None:
        next(one for one in content["aggregates"] if one["metric"] == "csim[dlib]")["value"] += 0.1

    found = explain(base, edited(base, edit, values=False))
    assert found.first is None and len(found.numbers) == 1
    assert found.faults and found.faults[0].startswith("B: mine/csim[dlib]: expected value")


def command(a: Results, b: Results, folder: Path, *arguments: str) -> int:
    a.save(folder / "a.json")
    b.save(folder / "b.json")
    return main(["diff", str(folder / "a.json"), str(folder / "b.json"), *arguments])


def test_exit_codes_and_words(base: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(base, base, tmp_path) == 0
    assert "the numbers are the same: 6 values" in capsys.readouterr().out
    other = edited(base, package)
    assert command(base, other, tmp_path) == 1
    out = capsys.readouterr().out
    assert "first differing input: libraries: numpy" in out and "1.99 in B" in out
    assert command(base, other, tmp_path, "--metrics", "fd[dlib]") == 0
    assert "an input differs without effect: libraries: numpy" in capsys.readouterr().out
    assert command(base, other, tmp_path, "--tolerance", "0.1") == 0
    capsys.readouterr()
    assert command(base, other, tmp_path, "--format", "json") == 1
    content = json.loads(capsys.readouterr().out)
    assert content["first"]["name"] == "numpy" and not content["same"]
    assert command(base, other, tmp_path, "--methods", "mime") == 2
    assert "did you mean 'mine'" in capsys.readouterr().err


def test_what_only_one_run_has_is_a_difference(
    base: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmark.results.joining import of_methods

    assert command(base, of_methods(base, {"mine"}), tmp_path) == 1
    assert "method copy-driver only in A" in capsys.readouterr().out
