"""A file of weights is read without trusting a number in it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from model.networks.errors import ModelError
from model.speech.ctranslate2_file import read_tensors

_CODES = {"float32": 0, "int8": 1, "float16": 4}


def text(name: str) -> bytes:
    raw = name.encode() + b"\0"
    return struct.pack("<H", len(raw)) + raw


def tensor(name: str, array: np.ndarray) -> bytes:
    shape = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
    return text(name) + shape + struct.pack("<BI", _CODES[array.dtype.name], array.nbytes) + array.tobytes()


def file_of(tensors: Mapping[str, np.ndarray], kind: str = "WhisperSpec", version: int = 6, end: bytes = b"") -> bytes:
    body = b"".join(tensor(name, array) for name, array in tensors.items())
    aliases = struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight")
    head = struct.pack("<I", version) + text(kind) + struct.pack("<II", 3, len(tensors))
    return head + body + aliases + end


SMALL = {
    "decoder/embeddings/weight": np.ones((3, 2), np.float16),
    "encoder/conv1/weight": np.arange(6, dtype=np.float16).reshape(1, 2, 3),
    "encoder/layer_norm/gamma": np.array([0.5, 2.0], np.float32),
    "encoder/num_heads": np.array(6, np.int8),
}


def read(path: Path, content: bytes) -> dict[str, np.ndarray]:
    path.write_bytes(content)
    return read_tensors(path, "WhisperSpec", "encoder/")


def test_tensors_are_read_by_the_rest_of_their_names(tmp_path: Path) -> None:
    found = read(tmp_path / "model.bin", file_of(SMALL))
    assert sorted(found) == ["conv1/weight", "layer_norm/gamma"]
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    assert found["conv1/weight"].tolist() == [[[0, 1, 2], [3, 4, 5]]]


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    content = file_of(SMALL)
    for length in range(0, len(content), 3):
        with pytest.raises(ModelError, match="expected a CTranslate2 model"):
            read(tmp_path / "model.bin", content[:length])


def test_no_change_of_a_byte_does_harm(tmp_path: Path) -> None:
    """Refused, or other numbers of the same shapes; never another error, never much memory."""
    content = file_of(SMALL)
    rng = np.random.default_rng(0)
    for place in range(0, len(content), 2):
        changed = bytearray(content)
        changed[place] = int(rng.integers(256))
        try:
            found = read(tmp_path / "model.bin", bytes(changed))
        except ModelError as error:
            assert "\n" not in str(error)
        else:
            assert sum(array.size for array in found.values()) <= 12


@pytest.mark.parametrize(
    "content, words",
    [
        (file_of(SMALL, version=5), "its version is 5, not 6"),
        (file_of(SMALL, kind="TransformerSpec"), "'TransformerSpec', not a WhisperSpec"),
        (file_of(SMALL, end=b"?"), "1 bytes follow its end"),
        (file_of({"encoder/a": np.array([np.nan], np.float32)}), "not finite"),
        (file_of(SMALL)[:22] + b"\xff\xff\xff\xff" + file_of(SMALL)[26:], "promises 4294967295 tensors"),
        (b"PK\x03\x04" + bytes(100), "version"),
        (b"", "too early"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        read(tmp_path / "model.bin", content)


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    one = tensor("encoder/a", np.ones(1, np.float32))
    content = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, 2) + one + one + struct.pack("<I", 0)
    with pytest.raises(ModelError, match="'encoder/a' twice"):
        read(tmp_path / "model.bin", content)


def test_huge_shapes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    big = text("encoder/a") + struct.pack("<B3I", 3, 65536, 65536, 65536) + struct.pack("<BI", 0, 0)
    content = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, 1) + big + struct.pack("<I", 0)
    with pytest.raises(ModelError, match="0 bytes for the shape"):
        read(tmp_path / "model.bin", content)


def test_a_file_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_tensors(tmp_path / "none.bin", "WhisperSpec", "encoder/")
