"""Roles, rows and verdicts of the miniature of Table 4; the trainings themselves are tested as what they are."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.paper_config import read_config
from model.training.people import Person, RenderedPeople
from scripts import ablation_mini
from scripts.ablation_parts import rows
from scripts.ablation_parts.measure import judge, measure, measure_unmoved
from scripts.ablation_parts.page import BEGIN, END
from scripts.ablation_parts.people import check_unseen, roles_of
from scripts.ablation_parts.table import complete, interval, markdown, verdict
from scripts.ablation_parts.table4 import METRICS, PAPER, TABLE4
from tests.model.training.test_people import person

PEOPLE, STATES = 20, 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Later states move the face more."""
    (tmp_path / "set").mkdir()
    for number in range(PEOPLE):
        arrays = person(number % 4, rows.SIZE_PX)
        arrays["gaze_deg"] += number // 2
        doubled = {name: np.concatenate([value, value]) for name, value in arrays.items() if name != "rest_points"}
        doubled["points"] = np.zeros((STATES, 478, 3), np.float32) + np.arange(STATES)[:, None, None]
        np.savez(tmp_path / "set" / f"{number:05d}.npz", **doubled, rest_points=arrays["rest_points"])
    return tmp_path / "set"


def test_nobody_has_two_roles(folder: Path) -> None:
    roles = roles_of(RenderedPeople(folder), extreme_people=6, held_out=4)
    assert roles.held_out == (16, 17, 18, 19)
    assert set(roles.ordinary.states) == set(range(10)) and set(roles.extreme.states) == set(range(10, 16))
    assert set(roles.ordinary.states.values()) == {(0, 1, 2)} and set(roles.extreme.states.values()) == {(3, 4, 5)}
    with pytest.raises(ModelError, match="expected more than 21 people but got 20"):
        roles_of(RenderedPeople(folder), extreme_people=10, held_out=10)


def test_nobody_whom_the_perceptual_network_saw_is_measured_with_it(folder: Path) -> None:
    roles = roles_of(RenderedPeople(folder), extreme_people=6, held_out=4)
    check_unseen(roles, ("00000", "00015"))
    with pytest.raises(ModelError, match=r"trained on 00000 to 00017, 2 of them among those"):
        check_unseen(roles, ("00000", "00017"))


@pytest.mark.parametrize("row", rows.ROWS)
def test_rows_have_the_losses_and_data_of_the_shipped_configurations(row: str) -> None:
    config, shipped = rows.config_of(row, seed=3, steps=100), read_config(rows.ROWS[row])
    assert config.losses == shipped.losses and config.schedule.mixture == shipped.schedule.mixture
    assert config.rules.pose_pairs == shipped.rules.pose_pairs and config.rules.perceptual == "own"
    assert config.sizes().z_dim == shipped.sizes().z_dim // rows.Z_SHARE
    assert set(shipped.weights()) - set(config.weights()) == {"face", "gaze"}
    assert config.schedule.steps == (25 if row == "megaportraits_finetuned" else 100) and config.schedule.seed == 3


def test_a_model_is_measured_against_the_truth(folder: Path) -> None:
    roles = roles_of(RenderedPeople(folder), extreme_people=6, held_out=4)
    torch.manual_seed(0)
    model = EMOPortraits(rows.config_of("full", 0, 10).sizes()).eval()
    numbers = measure(model, roles)
    assert numbers.keys() >= METRICS.keys() and all(np.isfinite(value) for value in numbers.values())
    assert 0 < numbers["identity"] < 1 and 0 < numbers["self_l1"] < 1


def test_the_truth_is_the_best_there_can_be_and_better_than_the_source_as_it_is(folder: Path) -> None:
    roles = roles_of(RenderedPeople(folder), extreme_people=6, held_out=4)

    def truth(source: Person, state: int, driver: Person, states: list[int]) -> torch.Tensor:
        return torch.stack([source.picture(one) for one in states])

    best, unmoved = judge(truth, roles), measure_unmoved(roles)
    assert best["self_l1"] == best["cross_l1"] == best["cross_parts_l1"] == best["cross_perceptual"] == 0
    assert best["identity"] == 1 > unmoved["identity"] and unmoved["self_l1"] > 0


def runs(**of_full: float) -> dict[str, dict[int, dict[str, float]]]:
    values = dict.fromkeys(METRICS, 1.0)
    full = {seed: values | {name: value + 0.01 * seed for name, value in of_full.items()} for seed in range(3)}
    return {"full": full, "no_cv": {seed: dict(values) for seed in range(3)}}


@pytest.mark.parametrize(("name", "value", "expected"), [
    ("FID", 0.5, "holds"), ("FID", 2.0, "does not hold"), ("FID", 1.001, "within the noise"),
    ("CSIM", 2.0, "holds"), ("UMTN", 0.5, "holds"), ("AUC_z", 2.0, "does not hold"),
])  # fmt: skip
def test_an_ordering_is_judged_by_its_interval(name: str, value: float, expected: str) -> None:
    column = PAPER[name]
    found = verdict(TABLE4, name, "no_cv", runs(**{column.here: value}))
    assert found is not None and found[0] == expected


def test_intervals_are_of_student() -> None:
    middle, reach = interval([1.0, 2.0, 3.0])
    assert middle == 2 and reach == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    assert interval([1.0])[1] == float("inf")


def test_what_was_not_measured_is_left_out() -> None:
    lacking = {row: {seed: {**of, "auc_z": 0.5} for seed, of in seeds.items()} for row, seeds in runs().items()}
    for numbers in lacking["no_cv"].values():
        del numbers["auc_z"]
    assert verdict(TABLE4, "AUC_z", "no_cv", lacking) is None and "| - |" in markdown(TABLE4, lacking, {})


def test_one_seed_says_nothing_about_orderings() -> None:
    one = {row: {0: of_seed[0]} for row, of_seed in runs(auc_z=0.1).items()}
    text = markdown(TABLE4, one, {"the source as it is": {"self_l1": 0.25}})
    assert "within the noise" in text and "holds" not in text and "| 0.88 |" in text
    assert "| the source as it is | - | 0.25 |" in text


def test_rows_are_compared_on_the_seeds_that_all_of_them_have() -> None:
    some = runs()
    del some["no_cv"][1]
    assert {row: list(seeds) for row, seeds in complete(some, ["full", "no_cv"]).items()} == {
        "full": [0, 2], "no_cv": [0, 2],
    }  # fmt: skip
    assert complete(some, ["full", "z512"]) == {}


def test_runs_that_are_done_are_not_repeated(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    def run(row: str, seed: int, *_: Any) -> dict[str, Any]:
        done.append(f"{row}-{seed}")
        if len(done) == 3:
            raise KeyboardInterrupt
        return {"row": row, "seed": seed, "numbers": dict.fromkeys(METRICS, 1.0), "cpu_s": 1}

    monkeypatch.setattr(ablation_mini, "run", run)
    monkeypatch.setattr(ablation_mini, "measure_unmoved", lambda _: {"self_l1": 0.25})
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    monkeypatch.setattr(ablation_mini, "PAGE", page)
    args = Namespace(
        data=folder, out=tmp_path / "out", rows=["full", "no_cv"], seeds=2, steps=4, extreme_people=6, held_out=4,
        minutes=None, write=True,
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        ablation_mini.main(args)
    assert ablation_mini.main(args) == 0
    assert done == ["full-0", "no_cv-0", "full-1", "full-1", "no_cv-1"]
    results = json.loads((tmp_path / "out" / ablation_mini.RESULTS).read_text())
    told = capsys.readouterr().out
    assert len(results["runs"]) == 4 and "| ours w/o L_CV | 2 |" in told
    assert "2 rows with 2 seeds each, 4 steps of 4 pairs, 0.0 hours" in told
    assert page.read_text() == f"before\n{BEGIN}\n{told}{END}\nafter\n"
    with pytest.raises(ModelError, match="expected the settings .* name another folder with --out"):
        ablation_mini.main(Namespace(**(vars(args) | {"steps": 5})))
