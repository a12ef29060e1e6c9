"""Run the shipped methods on the protocols whose data ships, and write what the leaderboard starts with.

    python -m scripts.seed_leaderboard                       # all protocols; kept frames of --out are used again
    python -m scripts.seed_leaderboard feed-mini-cross       # one of them

Run it after a change of a method, its weights, a metric or a protocol: `leaderboard/data/seed/*.json.gz` are results
files of real runs, which a leaderboard checks like everybody's, and `*.clips.zip` previews of them. `ceilings.json`
beside them has the rows of perfect methods, as `scripts/update_ceilings.py` made them, in the metrics where they fit
these runs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from benchmark.ceilings.shipped import ceilings_of
from benchmark.results.schema import Results, write_text_atomic
from feed_dataset.core.jobs.atomic import replacing
from leaderboard.bundle.clips import make_clips
from leaderboard.seeds import CLIPS, RESULTS

TARGET = Path(__file__).resolve().parent.parent / "leaderboard" / "data" / "seed"
BOUNDS = ("copy-source", "copy-driver")
IMAGE_DRIVEN = ("emoportraits", "mesh-warp", "mesh-warp-absolute", "keypoint-warp")
METHODS = {
    "feed-mini-cross": (*IMAGE_DRIVEN, *BOUNDS),
    "feed-mini-self": (*IMAGE_DRIVEN, *BOUNDS),
    "feed-mini-speech": (*IMAGE_DRIVEN, *BOUNDS),
    "feed-mini-multiview": ("emoportraits", "mesh-warp", "copy-source"),  # the others take no head pose
    "feed-mini-sound": ("emoportraits", "copy-source"),  # the others are driven by images
}


def run(protocol: str, out: Path, workers: int) -> Results:
    """What `feed benchmark run` finds; the command without the folder and the machine's number of workers."""
    stated = ["benchmark", "run", "--protocol", protocol, "--method", ",".join(METHODS[protocol])]
    where = ["--out", str(out / protocol), "--workers", str(workers)]
    subprocess.run([sys.executable, "-m", *stated, *where], check=True, stdout=subprocess.DEVNULL)
    results = Results.load(out / protocol / "results.json")
    return results.model_copy(update={"command": " ".join(["feed", *stated])})


def write(path: Path, results: Results) -> None:
    """Gzip without a date: the same results are the same bytes."""
    with replacing(path) as temporary:
        temporary.write_bytes(gzip.compress(results.to_json().encode(), 9, mtime=0))


def write_clips(path: Path, run: Path, results: Results) -> None:
    """Previews as bundles have them, in one archive without dates."""
    with tempfile.TemporaryDirectory() as folder, replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, (clip,) in sorted(make_clips(run, results, Path(folder)).items()):
                archive.writestr(zipfile.ZipInfo(name), Path(str(clip)).read_bytes())


def ceilings(results: Results) -> dict[str, Any]:
    """Rows of perfect methods beside the results of one protocol."""
    found = ceilings_of(results)
    return {
        "protocol": results.protocol.name,
        "version": results.protocol.version,
        "case_list_sha256": results.protocol.case_list_sha256,
        "data_digest": results.data.digest,
        "rows": {
            name: {
                metric: [one.value, one.low, one.high, one.cases_scored, one.cases]
                for metric, one in values.items()
                if one.value is not None
            }
            for name, values in found.values.items()
        },
    }


def write_ceilings(kept: list[Results]) -> None:
    """The rows of perfect methods beside every results file."""
    write_text_atomic(TARGET / "ceilings.json", json.dumps([ceilings(one) for one in kept], indent=1) + "\n")


def main() -> int:
    """Run, then write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocols", nargs="*", metavar="PROTOCOL", help=f"default: {', '.join(METHODS)}")
    parser.add_argument("--out", type=Path, default=Path("runs/seed"), help="folder of the runs (default: runs/seed)")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    strangers = sorted(set(arguments.protocols) - set(METHODS))
    if strangers:
        parser.error(f"expected protocols among {', '.join(METHODS)} but got {', '.join(strangers)}")
    for protocol in arguments.protocols or METHODS:
        results = run(protocol, arguments.out, arguments.workers)
        write(TARGET / f"{protocol}{RESULTS}", results)
        write_clips(TARGET / f"{protocol}{CLIPS}", arguments.out / protocol, results)
        print(f"{protocol}: {len(results.methods)} methods, {len(results.rows)} rows")
    paths = sorted(TARGET.glob(f"*{RESULTS}"))
    kept = [Results.model_validate_json(gzip.decompress(path.read_bytes())) for path in paths]
    write_ceilings(kept)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
