"""JOD against blur, noise and flicker planted into bundled clips: the figures of docs/metrics/image.md.

    python -m scripts.validate_jod [--docs]

Four clips, twelve times each (a minute on one core). Needs the extra `jod`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from feed_dataset.core.jobs.progress import ProgressBar
from scripts.bench_metrics import prepare_torchvision
from scripts.validation.pages import show, wants_docs
from scripts.validation.planted_pictures import CLIPS, damaged_clips, jod_figures


def main(arguments: Sequence[str] | None = None) -> int:
    docs = wants_docs(__doc__, arguments)
    if find_spec("pycvvdp") is None:
        print("expected the package cvvdp but it is not installed: the extra `jod`", file=sys.stderr)
        return 2
    prepare_torchvision()
    found = []
    with ProgressBar(len(CLIPS), "clips") as bar:
        for clip in damaged_clips():
            found.append(clip)
            bar.advance(clip.clip)
    return show(jod_figures(found), "validate_jod", "image", docs=docs)


if __name__ == "__main__":
    raise SystemExit(main())
