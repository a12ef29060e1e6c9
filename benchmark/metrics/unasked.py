"""Reasons why a metric has no value of a case in which nobody asks for one: the driver does not do what is measured.

They are no failures of a method. A report shows them apart from those.
"""

from __future__ import annotations

FACE_DOES_NOT_MOVE = "driver: face does not move"
FACE_IS_EVEN = "driver: face moves evenly"
HEAD_DOES_NOT_MOVE = "driver: head does not move"
DOES_NOT_WINK = "driver: does not wink"
NO_TONGUE = "driver: does not put its tongue out"
REFERENCE_DOES_NOT_MOVE = "reference: does not move"

UNASKED = frozenset(
    {FACE_DOES_NOT_MOVE, FACE_IS_EVEN, HEAD_DOES_NOT_MOVE, DOES_NOT_WINK, NO_TONGUE, REFERENCE_DOES_NOT_MOVE}
)
