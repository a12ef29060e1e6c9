"""The interval of a share."""

from __future__ import annotations

Z_95 = 1.959964


def wilson(count: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's 95 % interval of count / of (Wilson 1927); it holds for shares of 0, too.

    Raises:
        ValueError: there is nothing, or more than all.
    """
    if not 0 <= count <= of or of < 1:
        raise ValueError(f"expected a count among at least one but got {count} of {of}")
    share, squared = count / of, z * z / of
    middle = (share + squared / 2) / (1 + squared)
    half = z * (share * (1 - share) / of + squared / (4 * of)) ** 0.5 / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)
