"""Whether every reader keeps what `index` promises, over containers, codecs and kinds of time stamps.

    python -m scripts.check_reading                # the whole table: some minutes
    python -m scripts.check_reading --only avi     # rows whose name has this in it

Frames say which they are, and are compared with those of the ffmpeg program where there is one. Exits 1 when a file
that the index calls ok is not read whole and rightly, or when torchcodec gives a wrong frame without an error.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from scripts.reading_parts.judge import judge
from scripts.reading_parts.material import all_kinds, make


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has this in it")
    parser.add_argument("--broken", action="store_true", help="print only rows in which a promise is broken")
    arguments = parser.parse_args()
    os.environ.setdefault("SVT_LOG", "1")  # errors only
    with_torchcodec, with_ffmpeg = torchcodec_decodes(), shutil.which("ffmpeg") is not None
    print(f"torchcodec: {with_torchcodec}; ffmpeg program: {with_ffmpeg}")
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, kind in enumerate(all_kinds()):
            if arguments.only not in kind.name:
                continue
            place = Path(folder) / str(number)
            place.mkdir()
            path = make(kind, place)
            if path is None:
                counts["not written by FFmpeg"] += 1
                shutil.rmtree(place)
                continue
            found = judge(kind, path, with_torchcodec=with_torchcodec, with_ffmpeg=with_ffmpeg)
            shutil.rmtree(place)
            counts["ok and kept" if found.index == "ok" and found.is_kept else
                   "refused by the index" if found.index != "ok" else "BROKEN"] += 1  # fmt: skip
            if not (arguments.broken and found.is_kept):
                columns = (kind.name, found.index, found.frames, found.pyav, found.ffmpeg, found.torchcodec)
                print(" | ".join(str(column) for column in columns), flush=True)
    print("; ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["BROKEN"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
