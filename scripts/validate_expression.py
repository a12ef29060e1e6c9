"""Do the expression metrics order what is known? Rank correlations on synthetic people, rendered and detected.

python scripts/validate_expression.py                  feed-mini's eight people (constants were chosen on them)
python scripts/validate_expression.py --people R901 R902 R903 R904      people that nothing was chosen on

Clips in which one amount is varied (strength, share of asymmetry, closure of one eye, tongue) are rendered at 256 px
with seeds, seen by the real networks, and scored with the benchmark's own functions; driver and output are always
different people. Pictures and features are kept below FEED_CACHE: run again to continue. Exit code 1 when a figure is
below what is wanted. About a minute of one core per person.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Failed, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.core.jobs.progress import ProgressBar
from scripts.validation.detection import available_features, detect
from scripts.validation.figures import Seen, figures, table
from scripts.validation.items import items_table
from scripts.validation.material import Request, rendered
from scripts.validation.shots import FAMILIES


def main() -> int:
    """Render and detect what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    people = [f"S{number:02d}" for number in range(1, 9)]
    parser.add_argument("--people", nargs="+", default=people, help="S01 ... S08 or R<seed> (at least two)")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--small", action="store_true", help="fewer and coarser clips")
    arguments = parser.parse_args()
    if len(set(arguments.people)) < 2:
        parser.error("expected at least two people: driver and output are different ones")
    folder = cache_folder()
    features = available_features()
    requests = [Request(person, family, arguments.small) for person in arguments.people for family in FAMILIES]
    tasks = [Preparing(request, folder, features) for request in requests]
    with ProgressBar(len(requests), "seeing") as bar, ProcessExecutor(arguments.workers, no_tools) as executor:
        for index, result in executor.each(tasks):
            if isinstance(result, Failed):
                raise FeedError(f"expected the clips of {requests[index].id} but {result.reason}; run again")
            bar.advance(requests[index].id)
    seen = {family: seen_of([r for r in requests if r.family == family], folder, features) for family in FAMILIES}
    lines = figures(seen)
    print(table(lines))
    print("\nWhich expressions a network sees in a single frame (rank correlation with the true amount):\n")
    print(items_table(seen))
    if len(features) < 3:
        print(f"\nNot computed: metrics that need more than {', '.join(features)}.")
    return 0 if all(line.reached is not False for line in lines) else 1


@dataclass(frozen=True)
class Preparing:
    """Render and detect one person's clips of a family, unless they are there."""

    request: Request
    folder: Path
    features: tuple[str, ...]

    def run(self, tools: None) -> None:
        for clip in rendered(self.request, self.folder):
            detect(clip.frames, self.features, self.folder)


def seen_of(requests: list[Request], folder: Path, features: tuple[str, ...]) -> list[Seen]:
    """Clips with their features."""
    clips = [clip for request in requests for clip in rendered(request, folder)]
    return [Seen(clip, detect(clip.frames, features, folder)) for clip in clips]


def cache_folder() -> Path:
    """Where pictures and features are kept."""
    root = Path(os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed")
    return root / "expression-validation"


if __name__ == "__main__":
    sys.exit(main())
