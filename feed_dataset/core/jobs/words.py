"""Counts and articles in sentences."""

from __future__ import annotations


def counted(count: float, noun: str) -> str:
    """A whole number with its noun, which takes an s unless it is one.

    Example:
        >>> counted(1, "frame"), counted(3, "frame")
        ('1 frame', '3 frames')
    """
    return f"{count:.0f} {noun}{'' if count == 1 else 's'}"


def with_article(noun: str) -> str:
    """A noun after a or an, as its first letter asks.

    Example:
        >>> with_article("int"), with_article("float")
        ('an int', 'a float')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
