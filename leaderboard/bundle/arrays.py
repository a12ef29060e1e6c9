"""Feature arrays: one safetensors file with one tensor, in one form, so that nothing in it is left to a parser.

Source of the layout: the format section of the safetensors README (an eight-byte length, a JSON header, the data).
"""

from __future__ import annotations

import json
import math
from typing import Literal

import numpy as np

from leaderboard.bundle.problems import Refused

TENSOR = "rows"
MAX_AXES = 5
MAX_HEADER = 1024
_LENGTH_BYTES = 8
Kind = Literal["F32", "F64"]
_ITEM_BYTES: dict[Kind, int] = {"F32": 4, "F64": 8}


def header_of(shape: tuple[int, ...], kind: Kind = "F32") -> bytes:
    """What stands before the data of a tensor of this shape."""
    about = {"dtype": kind, "shape": list(shape), "data_offsets": [0, _ITEM_BYTES[kind] * math.prod(shape)]}
    text = json.dumps({TENSOR: about}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text


def parse_array(content: bytes, place: str, kind: Kind = "F32") -> np.ndarray:
    """float32 or float64 [N, ...] of a member, not a copy. NaN is what a network did not say.

    Raises:
        Refused: it is not the one tensor in the one form, or has an infinity.
    """
    size = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if len(content) < _LENGTH_BYTES or not 0 < size <= min(MAX_HEADER, len(content) - _LENGTH_BYTES):
        raise Refused(place, f"expected a safetensors header of at most {MAX_HEADER} bytes but got {size}")
    start = _LENGTH_BYTES + size
    shape = _shape(content[_LENGTH_BYTES:start], place)
    if content[:start] != header_of(shape, kind) or len(content) - start != _ITEM_BYTES[kind] * math.prod(shape):
        raise Refused(place, f"expected one tensor {TENSOR!r} of {kind} {list(shape)} and nothing else")
    array: np.ndarray = np.frombuffer(content, f"<f{_ITEM_BYTES[kind]}", offset=start).reshape(shape)
    if np.isinf(array).any():
        raise Refused(place, "expected finite numbers, or NaN, but got an infinity")
    return array


def _shape(header: bytes, place: str) -> tuple[int, ...]:
    try:
        shape = json.loads(header)[TENSOR]["shape"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(place, f"expected the tensor {TENSOR!r} in a safetensors header but got none") from error
    if not (isinstance(shape, list) and 1 <= len(shape) <= MAX_AXES):
        raise Refused(place, f"expected a shape of 1 to {MAX_AXES} axes")
    if not all(type(one) is int and 0 <= one < 2**31 for one in shape):
        raise Refused(place, "expected a shape of whole numbers below 2^31")
    return tuple(shape)
