"""How large a page may become: pictures are embedded for as long as there is room."""

from __future__ import annotations

PAGE_BYTES = 8_000_000
"""Of a whole page."""
ROW_BYTES = 4_500_000
"""Of all clips and stills of what plays."""
SHEET_BYTES = 2_500_000
"""Of all strips of frames; what is left is for tables and plots, which are bounded by their lines and points."""


class Budget:
    """Bytes that a part of the page may take."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes

    def take(self, text: str) -> str | None:
        """The text, or None where it does not fit any more."""
        if len(text) > self._left:
            return None
        self._left -= len(text)
        return text
