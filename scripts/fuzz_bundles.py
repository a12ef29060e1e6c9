"""A thousand bad bundles: none may be accepted, none may raise, each gets a reason.

    python -m scripts.fuzz_bundles                     # 1,000 that are refused
    python -m scripts.fuzz_bundles --count 200 --seed 5000

Bundles of a small run with stand-in networks are changed by the kinds of `tests.leaderboard.bundle.bad_bundles`. A
change that leaves every number, name and case as it was (of a date, of a point that no metric reads) is no bad bundle:
it is counted apart, and what was accepted must say the same as the honest one. Exits 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from leaderboard.bundle.check import check_bundle
from leaderboard.bundle.pack import pack
from tests.benchmark import harness
from tests.leaderboard.bundle.bad_bundles import KINDS, Base, bad_bundle, known_cases
from tests.leaderboard.bundle.conftest import METHODS
from tests.leaderboard.bundle.forge import members_of
from tests.leaderboard.test_engine import NETWORKS
from tests.leaderboard.test_fuzz import meaning


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="bad bundles")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return _fuzz(Path(temporary), options.count, options.seed)


def _fuzz(folder: Path, count: int, first: int) -> int:
    plan = harness.make_plan(
        harness.write_data(folder / "data"),
        folder / "run",
        protocol=harness.tiny_protocol("cross"),
        methods=METHODS,
        networks=NETWORKS,
        limit=3,
    )
    results = harness.run_plan(plan).results
    path = pack(folder / "run", folder / "out").path
    known = known_cases(results, "cross")
    honest = check_bundle(path, known=known).submission
    assert honest is not None
    true = meaning(honest)
    base = Base(path.read_bytes(), members_of(path), folder)
    refused: Counter[str] = Counter()
    harmless: Counter[str] = Counter()
    wrong: list[str] = []
    reasons: set[str] = set()
    slowest_s, seed = 0.0, first
    while refused.total() < count and len(wrong) < 10:
        kind, content = bad_bundle(base, seed)
        bad = folder / "bad.zip"
        bad.write_bytes(content)
        began = time.process_time()
        try:
            checked = check_bundle(bad, known=known, seed=0)
        except Exception as error:
            wrong.append(f"seed {seed}, {kind}: raised {type(error).__name__}: {error}")
        else:
            if checked.submission is None:
                refused[kind] += 1
                reasons.update(one.message[:40] for one in checked.problems)
                if not checked.problems:
                    wrong.append(f"seed {seed}, {kind}: refused without a reason")
            elif meaning(checked.submission) == true:
                harmless[kind] += 1
            else:
                wrong.append(f"seed {seed}, {kind}: accepted with another meaning")
        slowest_s = max(slowest_s, time.process_time() - began)
        seed += 1
    for kind in KINDS:
        print(f"{kind:14} {refused[kind]:5} refused {harmless[kind]:5} of the same meaning")
    print(f"{refused.total()} bad bundles refused, {len(reasons)} different reasons, {harmless.total()} harmless")
    print(f"accepted or raised: {len(wrong)}; the slowest took {slowest_s:.1f} s of processor time")
    for line in wrong:
        print(line)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
