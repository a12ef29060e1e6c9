"""Table 4 in miniature: its rows trained on rendered people with one budget, beside the paper's numbers.

python -m scripts.ablation_mini --data training-set --out ablation        (again: goes on; prints the table)

Two corpora of one rendered set stand for VoxCeleb2 (many people, their milder states) and FEED (few people, their
strongest states); others are held out. Rows are the shipped configurations at 64 px with 16 or 64 dimensions of z, the
perceptual network of our own for VGG-19, and no face and gaze terms. A run that is done is not repeated, one that was
stopped goes on; all results lie in OUT/results.json. Seeds come one after the other, so that what is there compares.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from feed_dataset.core.jobs.errors import FeedError
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.losses.own_perceptual import own_card
from model.training.people import RenderedPeople
from scripts.ablation_parts.measure import measure, measure_unmoved
from scripts.ablation_parts.page import DOCS, add_options, show
from scripts.ablation_parts.people import HELD_OUT_PEOPLE, Roles, check_unseen, roles_of
from scripts.ablation_parts.results import hours_of, numbers_of, read_results, run_missing
from scripts.ablation_parts.rows import BATCH, ROWS, SIZE_PX, trained
from scripts.ablation_parts.table import CONFIDENCE, complete, markdown
from scripts.ablation_parts.table4 import TABLE4

RESULTS = "results.json"
PAGE = DOCS / "model.md"


def table_of(results: dict[str, Any], rows: Sequence[str]) -> str | None:
    """Markdown of the seeds of which all rows are done; None where there is no such seed."""
    runs = complete(numbers_of(results), rows)
    if not runs:
        return None
    seeds = sorted(runs[rows[0]])
    hours = hours_of(results, rows, seeds)
    settings = results["settings"]
    return (
        f"{markdown(TABLE4, runs, {'the source as it is': results['unmoved']})}\n\n"
        f"{len(rows)} rows with {len(seeds)} seed{'s' * (len(seeds) > 1)} each,"
        f" {settings['steps']} steps of {BATCH} pairs, {hours:.1f} hours of one CPU thread. Ordinary corpus"
        f" {settings['ordinary']} people, extreme one {settings['extreme']}, held out {settings['held_out']}."
        f" Means and {CONFIDENCE:.0%} t intervals over seeds."
    )


def run(row: str, seed: int, args: argparse.Namespace, roles: Roles) -> dict[str, Any]:
    """Train and measure."""

    def baseline(seed: int) -> EMOPortraits:
        folder = args.out / f"megaportraits-{seed}" / "export"
        if not folder.exists():
            raise ModelError(
                f"expected the trained baseline in {folder} for fine-tuning; run the row megaportraits too"
            )
        return EMOPortraits.from_pretrained(str(folder)).float()

    started_s = time.process_time()
    model = trained(row, seed, args.steps, roles, args.out / f"{row}-{seed}", baseline)
    return {
        "row": row, "seed": seed, "numbers": measure(model, roles), "cpu_s": round(time.process_time() - started_s),
        "parameters": sum(p.numel() for n, p in model.named_parameters() if not n.startswith("pose_net.")),
    }  # fmt: skip


def main(args: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    people = RenderedPeople(args.data, SIZE_PX)
    roles = roles_of(people, args.extreme_people, args.held_out)
    network = own_card()
    check_unseen(roles, network["data"]["seeds"])
    settings = {
        "steps": args.steps, "people": len(people), "states": people.states, "ordinary": len(roles.ordinary.states),
        "extreme": len(roles.extreme.states), "held_out": args.held_out,
        "perceptual_sha256": network["weights_sha256"],
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    results = read_results(args.out / RESULTS, settings)
    results.setdefault("unmoved", measure_unmoved(roles))
    run_missing(
        args.out / RESULTS, results, args.rows, args.seeds, lambda row, seed: run(row, seed, args, roles), args.minutes
    )
    show(table_of(results, args.rows), PAGE if args.write else None)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="made by scripts/render_training_set.py, with labels")
    parser.add_argument("--steps", type=int, default=250, help="of every row; fine-tuning adds a quarter")
    parser.add_argument("--extreme-people", type=int, default=24)
    parser.add_argument("--held-out", type=int, default=HELD_OUT_PEOPLE, help="people")
    add_options(parser, tuple(ROWS), PAGE)
    try:
        sys.exit(main(parser.parse_args()))
    except FeedError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
