"""Are winks seen in takes, and are turning or uneven faces taken for winks? Figures in the cards of `wink_f1`.

    python -m scripts.validate_winks

Looks at every second frame of takes that ship and whose truth is known: of feed-mini's eight people, on whom thresholds
were chosen, and of the twenty of feed-mini-cast, on whom they were not. (Their uneven takes were chosen for a wink that
the coefficients see, by `scripts.choose_takes`.) Nothing is rendered; features are kept below FEED_CACHE.
`scripts/validate_expression.py` has the figures of single poses.
"""

from __future__ import annotations

import argparse

from feed_dataset.layout.mini import EMBEDDED
from scripts.validate_expression import cache_folder
from scripts.validation.detection import available_features
from scripts.validation.figures import WINKS, table
from scripts.validation.wink_takes import seen_takes, take_figures, takes_of

_DATA = ("feed-mini", "feed-mini-cast")


def main() -> int:
    """Print one table a data set; metrics whose network is not here are named."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    features = tuple(name for name in available_features() if name in {feature for feature, _, _ in WINKS.values()})
    for name in _DATA:
        takes = list(seen_takes(takes_of(EMBEDDED[name]), features, cache_folder()))
        print(f"{name}, {len(takes)} takes:\n")
        lines = [
            line
            for metric_id, (feature, _, _) in WINKS.items()
            if feature in features
            for line in take_figures(metric_id, takes)
        ]
        print(f"{table(lines)}\n")
    missing = [metric_id for metric_id, (feature, _, _) in WINKS.items() if feature not in features]
    if missing:
        print(f"Not computed, for want of networks: {', '.join(missing)}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
