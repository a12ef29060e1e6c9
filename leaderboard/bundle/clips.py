"""Previews of a run: small MP4 files that browsers play, of drivers, sources and outputs of some cases."""

from __future__ import annotations

from benchmark.results.schema import Results

DRIVER, SOURCE = "input-driver", "input-source"
"""Folders of the inputs' previews, beside those of methods."""


def folders_of(results: Results) -> set[str]:
    """Folders that previews may lie in."""
    return {DRIVER, SOURCE, *(method.name for method in results.methods)}
