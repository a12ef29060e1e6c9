"""Render the training set of `emoportraits-mini`: random synthetic people with exact pose and expression.

python scripts/render_training_set.py --out training-set --workers 4        (again: continues)
"""

from __future__ import annotations

import argparse
from pathlib import Path

from feed_dataset.synthetic.takes.training_set import TrainingSetSpec, render_training_set

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = TrainingSetSpec()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=default.people)
    parser.add_argument("--states", type=int, default=default.states, help="pictures per person")
    parser.add_argument("--first-seed", type=int, default=default.first_seed)
    parser.add_argument("--size-px", type=int, default=default.size_px)
    parser.add_argument("--group-size", type=int, default=default.group_size, help="people who share their states")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    spec = TrainingSetSpec(args.first_seed, args.people, args.states, args.size_px, args.group_size)
    render_training_set(args.out, spec, workers=args.workers)
