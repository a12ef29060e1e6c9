"""A failed download is named for what it is."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.file_kind import check_checkpoint
from feed_dataset.core.weights.loading import load_state

NOT_ONE = {
    "page": (b"\n<!DOCTYPE html><html><title>Quota exceeded</title>", "a web page of 51 bytes.*download it again"),
    "markup": (b'<?xml version="1.0"?><Error><Code>AccessDenied', "a web page of 46 bytes"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a pointer of Git LFS.*git lfs pull"),
    "empty": (b"", r"it is empty \(0 bytes\)"),
    "gzip": (b"\x1f\x8b\x08" + b"\0" * 40, "a gzip archive: unpack it"),
    "random": (np.random.default_rng(4).bytes(5000), "begins with .*neither an archive nor a pickle"),
}


@pytest.mark.parametrize("name", NOT_ONE)
def test_what_a_download_leaves_instead(tmp_path: Path, name: str) -> None:
    content, reason = NOT_ONE[name]
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(FeedError, match=reason):
        load_state(tmp_path / "net.pth")


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(torch.full((500,), 7.25).numpy().tobytes()[:8]) + 100] ^= 1
    path.write_bytes(content)


def _compress(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-300])


def _add(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(archive.namelist()[0], b"again")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_flip_a_bit, "its archive is damaged .*CRC-32"),
        (_compress, "its archive was compressed"),
        (_cut, "its archive is damaged"),
        (_add, "members, some of one name"),
    ],
)
def test_archives_that_would_give_other_numbers_or_none(
    tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "net.pth"
    torch.save({"a": torch.full((500,), 7.25)}, path)
    check_checkpoint(path)
    harm(path)
    with pytest.raises(FeedError, match=reason):
        load_state(path)


def test_a_compressed_bomb_is_answered_at_once(tmp_path: Path) -> None:
    """30 MB of zeros in 30 kB: refused from the directory of the archive, before anything is unpacked."""
    path = tmp_path / "net.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("net/data/0", "w") as member:
        for _ in range(3):
            member.write(bytes(10_000_000))
    with pytest.raises(FeedError, match="its archive was compressed"):
        load_state(path)


def test_a_pipe_is_named_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.pth")
    with pytest.raises(FeedError, match="no regular file"):
        load_state(tmp_path / "net.pth")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol", "ignore:.*quantiz", "ignore:.*Sparse")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({1: torch.ones(2)}, r"one is called 1 \(int\)"),
        ({"a": 3.0}, "got float for 'a'"),
        (torch.ones(3), "tensors by name .* but got Tensor"),
        ({"a": torch.eye(2).to_sparse()}, "'a' is quantised, sparse or without numbers"),
    ],
)
def test_what_is_no_tensor_by_name(tmp_path: Path, content: object, reason: str) -> None:
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(FeedError, match=reason):
        load_state(tmp_path / "net.pth")


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "model_state_dict"])
def test_what_trainers_wrap_is_unwrapped(tmp_path: Path, wrapper: str) -> None:
    torch.save({"epoch": 3, wrapper: {"a": torch.ones(2)}}, tmp_path / "net.pth")
    assert list(load_state(tmp_path / "net.pth")) == ["a"]


@pytest.mark.parametrize("seed", range(30))
def test_mutated_files_are_tensors_or_one_error(tmp_path: Path, seed: int) -> None:
    """Bytes of the pickle changed at random: never a traceback of another library."""
    rng = np.random.default_rng(seed)
    path = tmp_path / "net.pth"
    torch.save({"a": torch.ones(4), "b": torch.zeros(2)}, path, _use_new_zipfile_serialization=bool(seed % 2))
    content = bytearray(path.read_bytes())
    for place in rng.integers(0, len(content), 6):
        content[place] = rng.integers(256)
    path.write_bytes(content)
    try:
        assert all(isinstance(value, torch.Tensor) for value in load_state(path).values())
    except FeedError:
        pass
