"""What a folder of rendered takes is: version, settings and contents, in one small file beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.rendered_audio import RENDERED_FILE
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.synthetic.takes.settings import VERSION


def write_rendered(
    out: Path, settings: Mapping[str, object], languages: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Say what the takes below `out` are.

    Args:
        settings: as their recipes state them.
        languages: by subject, where they speak one.
    """
    takes = sorted(path.relative_to(out).with_suffix("").as_posix() for path in out.glob("*/*.npz"))
    catalog = open_catalog(out)
    about = {
        "version": VERSION,
        "settings": dict(settings),
        "digest": catalog.digest,
        "takes": takes,
        "with_audio": sorted({clip.take_id for clip in catalog.clips if clip.has_audio}),
    }
    if languages:
        about["languages"] = dict(languages)
    with replacing(out / RENDERED_FILE) as temporary:
        temporary.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")
