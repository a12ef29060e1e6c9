"""The comparison with the published code, without that code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scripts import compare_published
from scripts.compare_published import Stage, compare, random_weights
from scripts.published_emoportraits import PublishedModel


def test_weights_are_a_function_of_name_and_salt() -> None:
    shapes = {
        "a.norm.weight": torch.Size([4096]), "a.norm.bias": torch.Size([4096]), "a.mean": torch.Size([3]),
        "c.weight_orig": torch.Size([8, 6, 3, 3]), "c.weight_u": torch.Size([8]), "c.weight_v": torch.Size([54]),
    }  # fmt: skip
    one = random_weights(shapes, "one")
    assert one.keys() == shapes.keys() - {"a.mean"}
    assert one["a.norm.weight"].mean() == pytest.approx(1, abs=0.02)
    assert one["a.norm.weight"].std() == pytest.approx(0.3, abs=0.02)
    assert one["a.norm.bias"].std() == pytest.approx(0.2, abs=0.02)
    u, v, weight = one["c.weight_u"], one["c.weight_v"], one["c.weight_orig"].flatten(1)
    norm = float(torch.linalg.matrix_norm(weight, 2))
    assert 0.7 * norm < float(u @ weight @ v) <= norm  # on the way to the leading pair
    again, other = random_weights(shapes, "one"), random_weights(shapes, "two")
    assert all(torch.equal(value, again[key]) and not torch.equal(value, other[key]) for key, value in one.items())


def test_a_stage_is_off_by_its_largest_difference_over_its_largest_value() -> None:
    published, ours = torch.tensor([1.0, -4.0]), torch.tensor([1.1, -4.0])
    row = compare(Stage("a", lambda: published, lambda: ours, 1e-4, True, True), repeat=2)
    assert row.error == pytest.approx(0.1 / 4)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a checkout of the published repository"):
        PublishedModel(tmp_path)


def test_a_ratio_below_its_floor_fails(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage("a", lambda: torch.zeros(1), lambda: torch.zeros(1), 1e-4, True, True)
    rows = [compare_published.Compared(stage, 3.0, 2.0, 0.0), compare_published.Compared(stage, 1.0, 1.0, 0.0)]
    assert compare_published._ratio("a frame", rows, 1.3) and not compare_published._ratio("a frame", rows, 1.4)
    assert "1.33 times" in capsys.readouterr().out
