from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.networks.errors import ModelError
from model.training.checkpoints import Checkpoints


def written(folder: Path, *steps: int, keep: int = 3) -> Checkpoints:
    checkpoints = Checkpoints(folder, keep)
    for step in steps:
        checkpoints.write(step, {"step": step, "weight": torch.full((500,), float(step))})
    return checkpoints


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_few_stay(tmp_path: Path) -> None:
    checkpoints = written(tmp_path, 1, 20, 300, 4000, keep=2)
    assert names(tmp_path) == ["checkpoint-00000300.pt", "checkpoint-00004000.pt"]
    found = checkpoints.newest()
    assert found and found[0] == checkpoints.path(4000) and found[1]["step"] == 4000


def test_nothing_and_other_files(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-mine.pt").touch()
    assert written(tmp_path).newest() is None


def test_that_of_a_run_with_only_one_is_found_and_replaced_first(tmp_path: Path) -> None:
    torch.save({"step": 7}, tmp_path / "checkpoint.pt")
    assert Checkpoints(tmp_path).newest() == (tmp_path / "checkpoint.pt", {"step": 7})
    written(tmp_path, 8, keep=1)
    assert names(tmp_path) == ["checkpoint-00000008.pt"]


@pytest.mark.parametrize("damage", ["cut", "one bit", "empty"])
def test_after_damage_the_one_before_is_taken(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoints = written(tmp_path, 1, 2, 3)
    whole = checkpoints.path(3).read_bytes()
    changed = bytes([whole[1500] ^ 1])
    broken = {"cut": whole[:1500], "one bit": whole[:1500] + changed + whole[1501:], "empty": b""}[damage]
    checkpoints.path(3).write_bytes(broken)
    found = checkpoints.newest()
    assert found and found[1]["step"] == 2
    assert "checkpoint-00000003.pt" in caplog.text and "is damaged; going on from checkpoint-00000002.pt" in caplog.text
    checkpoints.write(4, {"step": 4})
    assert [path.name[-4:-3] for path in checkpoints.paths()] == ["4", "3", "2"]


def test_what_could_not_be_read_is_left_alone_until_its_turn(tmp_path: Path) -> None:
    """It may have been the disk's fault, and going on from an earlier one leads to the same numbers."""
    checkpoints = written(tmp_path, 9, keep=1)
    checkpoints.write(5, {"step": 5})
    assert names(tmp_path) == ["checkpoint-00000005.pt", "checkpoint-00000009.pt"]


def test_all_damaged(tmp_path: Path) -> None:
    checkpoints = written(tmp_path, 1, 2)
    for path in checkpoints.paths():
        path.write_bytes(b"")
    with pytest.raises(ModelError, match=r"but checkpoint-00000002.pt, checkpoint-00000001.pt is damaged; remove it"):
        checkpoints.newest()


def test_none_to_keep(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected to keep at least 1 checkpoint but got 0"):
        Checkpoints(tmp_path, 0)
