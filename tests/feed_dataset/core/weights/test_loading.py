"""Weights files hold tensors; whatever else is in one is refused before it can do anything."""

from __future__ import annotations

import ast
import os
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.loading import fit_state, load_state

ROOT = Path(__file__).resolve().parents[4]
ROOMS = ("feed_dataset", "benchmark", "baselines", "model", "leaderboard")


class Bomb:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_tensors_come_back(tmp_path: Path) -> None:
    torch.save({"a": torch.arange(3), "b": torch.ones(2, 2)}, tmp_path / "net.pth")
    state = load_state(tmp_path / "net.pth")
    assert sorted(state) == ["a", "b"] and torch.equal(state["a"], torch.arange(3))


@pytest.mark.parametrize("new_format", [True, False])
def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path, new_format: bool) -> None:
    path, trace = tmp_path / "bomb.pth", tmp_path / "it went off"
    torch.save({"a": torch.ones(1), "b": Bomb(trace)}, path, _use_new_zipfile_serialization=new_format)
    with pytest.raises(FeedError, match="refused"):
        load_state(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)  # the bomb is a real one
    assert trace.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_bare_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.pkl").write_bytes(pickle.dumps(Bomb(tmp_path / "it went off")))
    with pytest.raises(FeedError):
        load_state(tmp_path / "bomb.pkl")
    assert not (tmp_path / "it went off").exists()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.99])
def test_a_truncated_file_is_one_error(tmp_path: Path, share: float) -> None:
    path = tmp_path / "net.pth"
    torch.save({"a": torch.randn(5000)}, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FeedError, match="net.pth"):
        load_state(path)


@pytest.mark.parametrize("content", [b"<html>404</html>", b"\x00" * 100, b"PK\x03\x04" + b"junk" * 30])
def test_what_a_web_server_may_answer_instead(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(FeedError):
        load_state(tmp_path / "net.pth")


def test_something_else_than_tensors_by_name(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(FeedError, match="expected tensors by name .* but got list"):
        load_state(tmp_path / "list.pth")


def test_fitting_needs_the_same_names_and_shapes() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    state = {name: value for name, value in network.state_dict().items() if "num_batches" not in name}
    fit_state(network, state, "net")
    with pytest.raises(FeedError, match=r"weights of net but 1 tensors differ, such as \['extra'\]"):
        fit_state(network, state | {"extra": torch.ones(1)}, "net")
    with pytest.raises(FeedError, match="0.weight"):
        fit_state(network, state | {"0.weight": torch.ones(4, 3, 3, 3)}, "net")
    with pytest.raises(FeedError, match="1.bias"):
        fit_state(network, {name: value for name, value in state.items() if name != "1.bias"}, "net")


def unsafe_calls(source: str) -> list[str]:
    """Calls that run what a file says: torch.load without weights_only=True, pickle, numpy with allow_pickle."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        module = getattr(node.func.value, "id", "")
        keywords = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
        is_unsafe = (
            (module == "torch" and node.func.attr == "load" and keywords.get("weights_only") is not True)
            or (module in ("pickle", "joblib", "dill") and node.func.attr in ("load", "loads"))
            or bool(keywords.get("allow_pickle"))
        )
        if is_unsafe:
            found.append(f"{module}.{node.func.attr}")
    return found


def test_unsafe_calls_are_recognised() -> None:
    assert unsafe_calls("torch.load(p)") == ["torch.load"]
    assert unsafe_calls("torch.load(p, weights_only=False)") == ["torch.load"]
    assert unsafe_calls("torch.load(p, weights_only=True)") == []
    assert unsafe_calls("np.load(p, allow_pickle=True)") == ["np.load"]
    assert unsafe_calls("pickle.loads(b)") == ["pickle.loads"]


def test_no_file_is_unpickled() -> None:
    """Only what came from a process of our own is, and what an official repository would unpickle itself."""
    sources = {path.relative_to(ROOT).as_posix(): path for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    found = {name for name, path in sources.items() if unsafe_calls(path.read_text())}
    ours = ("process_executor", "worker_process", "carrier", "ray_worker", "stored_files")
    assert found == {*(f"feed_dataset/core/jobs/{name}.py" for name in ours), "baselines/official/launchers/uva.py"}
