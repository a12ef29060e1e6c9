from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed_dataset.core.media.frame_index import FrameIndex, FrameIndexError


def index_of(pts: list[int], base: Fraction = Fraction(1, 100)) -> FrameIndex:
    return FrameIndex(np.array(pts, np.int64), np.arange(len(pts)) % 7 == 0, base)


@given(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20),
    st.builds(Fraction, st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1)),
)
@settings(max_examples=30, deadline=None)
def test_bytes_and_back(pts: list[int], base: Fraction) -> None:
    index = index_of(sorted(pts), base)
    assert FrameIndex.from_bytes(index.to_bytes()) == index


def test_a_constant_rate_takes_few_bytes() -> None:
    keyframe = np.arange(5400) % 60 == 0
    index = FrameIndex(np.arange(5400, dtype=np.int64) * 512, keyframe, Fraction(1, 15360))
    assert len(index.to_bytes()) < 400


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FrameIndexError):
        FrameIndex.from_bytes(data)


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_changed_byte_is_noticed_or_harmless(place: int) -> None:
    data = bytearray(index_of(list(range(0, 400, 4))).to_bytes())
    data[place % len(data)] ^= 0x41
    try:
        assert FrameIndex.from_bytes(bytes(data)).frame_count == 100
    except FrameIndexError as error:
        assert "expected" in str(error)


def test_a_bomb_is_not_unpacked() -> None:
    payload = zlib.compress(bytes(50_000_000))
    header = struct.pack("<4sBqqqII", b"FIX1", 0, 1, 25, 0, 100, zlib.crc32(payload))
    with pytest.raises(FrameIndexError, match="expected 813 bytes"):
        FrameIndex.from_bytes(header + payload)
    with pytest.raises(FrameIndexError):
        FrameIndex.from_bytes(struct.pack("<4sBqqqII", b"FIX1", 0, 1, 25, 0, 1 << 31, zlib.crc32(b"")))


def test_nearest() -> None:
    index = index_of([0, 10, 20, 60, 70])
    times_s = np.array([-5.0, 0.04, 0.05, 0.051, 0.39, 0.41, 9.0])
    assert index.nearest(times_s).tolist() == [0, 0, 0, 1, 2, 3, 4]
    assert index_of([30]).nearest(np.array([0.0, 9.0])).tolist() == [0, 0]


def test_repr_and_properties() -> None:
    index = index_of([0, 10, 20, 60, 70])
    assert repr(index) == "FrameIndex(5 frames, 0.000 to 0.700 s, 1 keyframes)"
    assert (index.first_s, index.last_s, index.frame_count) == (0.0, 0.7, 5)
    assert index.frame_s == pytest.approx(0.1)


@pytest.mark.parametrize("pts", [[], [3, 2]])
def test_order_is_demanded(pts: list[int]) -> None:
    with pytest.raises(FrameIndexError, match="presentation order"):
        index_of(pts)
