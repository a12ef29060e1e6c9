"""What a folder of rendered takes is: version, settings and contents, in one small file beside them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from feed_dataset.catalog.catalog import digest_of
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.synthetic.takes.settings import VERSION, RenderSettings

RENDERED_FILE = "manifest.json"


def write_rendered(out: Path, settings: RenderSettings) -> None:
    """Say what the takes below `out` are."""
    takes = sorted(path.relative_to(out).with_suffix("").as_posix() for path in out.glob("*/*.npz"))
    about = {"version": VERSION, "settings": asdict(settings), "digest": digest_of(out), "takes": takes}
    with replacing(out / RENDERED_FILE) as temporary:
        temporary.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")
