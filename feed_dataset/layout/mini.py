"""Where feed-mini lies: the rendered clips that come with the package."""

from __future__ import annotations

from pathlib import Path

MINI_ROOT = Path(__file__).parent.parent / "mini"
