"""`{name}` in the texts of an adapter. Braces around anything else stay: YAML and globs have them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)?)\}")


def fields_of(text: str) -> set[str]:
    """Names in braces.

    >>> sorted(fields_of("{checkout}/a.py --x {source} {t:06d}"))
    ['checkout', 'source']
    """
    return set(_FIELD.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields replaced, once: a value may itself have braces.

    >>> filled("{n}.png", {"n": "3"})
    '3.png'
    """
    return _FIELD.sub(lambda match: values[match[1]], text)
