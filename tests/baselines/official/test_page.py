"""docs/official-repositories.md says what is here."""

from __future__ import annotations

import re

from baselines.official.loading import adapter, adapter_names
from tests.baselines.official.stand_in import ROOT

PAGE = (ROOT / "docs" / "official-repositories.md").read_text(encoding="utf-8")


def test_the_page_counts_the_repositories_and_names_those_that_cannot_be_run() -> None:
    drivable = [name for name in adapter_names() if adapter(name).run is not None]
    assert int(re.findall(r"^(\d+) official repositories", PAGE, re.MULTILINE)[0]) == len(drivable)
    section = PAGE[PAGE.index("## What cannot be run") :]
    for name in set(adapter_names()) - set(drivable):
        assert adapter(name).title.partition(" (")[0] in section
