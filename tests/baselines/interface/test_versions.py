"""Which versions a text admits."""

from __future__ import annotations

import pytest

from baselines.interface.errors import DriveError
from baselines.interface.versions import admits, check_versions


@pytest.mark.parametrize(
    ("wanted", "version", "expected"),
    [
        (">=3.8", "3.8.0", True),
        (">=3.8", "3.10", True),  # ten is more than eight
        (">=3.8,<3.11", "3.11.0", False),
        ("<3", "2.13.0+cpu", True),
        ("<3", "3.0", False),
        ("==1.12", "1.12.1", True),
        ("==1.12", "1.120", False),
        ("!=1.12", "1.12.1", False),
        ("<=3.9", "3.9.18", True),
        ("<=3.9", "3.10", False),
        (">3.9", "3.9.18", False),
        (">3.9", "3.10", True),
        (">=1", "nightly", False),
    ],
)
def test_admits(wanted: str, version: str, expected: bool) -> None:
    assert admits(wanted, version) is expected


@pytest.mark.parametrize("text", ["", "3.8", ">=", ">=3.8 <4", ">=3.8,", "~=3.8", ">=3.x"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(DriveError, match="such as '>=3.8,<3.11'"):
        check_versions(text, "python")
    with pytest.raises(DriveError):
        admits(text, "3.8")
