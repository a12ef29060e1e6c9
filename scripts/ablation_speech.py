"""Table 6 in miniature: its rows trained on rendered speech with one budget, beside the paper's numbers.

    python -m scripts.ablation_speech --run run --out ablation          (again: goes on; prints the table)

RUN is what `scripts.train_speech_mini` made: its clips, held-out voices and mouth components. Rows have the size and
schedule of speech-mini and compare latents alone. Without disentanglement z is that of the same faces carried along by
the head (`ablation_speech_parts.entangled`). A run that is done is not repeated, one that was stopped goes on; all
results lie in OUT/results.json. Seeds come one after the other, so that what is there compares.
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
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.speech_set import clips_of
from model.analysis.principal import load_components
from model.avatar.avatar import load_model
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import ClipFolder
from model.speech.expression.training_config import read_config
from scripts.ablation_parts.page import DOCS, add_options, show
from scripts.ablation_parts.results import hours_of, numbers_of, read_results, run_missing, write_results
from scripts.ablation_parts.table import CONFIDENCE, complete, markdown
from scripts.ablation_speech_parts.entangled import MOUTH, EntangledCode, code_of, write_entangled, write_mouth
from scripts.ablation_speech_parts.measure import measured_by
from scripts.ablation_speech_parts.rows import MINI, ROWS, Material, config_of, trained
from scripts.ablation_speech_parts.table6 import TABLE6
from scripts.train_speech_mini import MOUTH_SEEDS, MOUTH_STATES, TEACHER

RESULTS = "results.json"
PAGE = DOCS / "speech.md"
BESIDE = {
    "still": "the first frame held", "true": "the true z through its map",
    "true_entangled": "the true entangled z through its map",
}  # fmt: skip


def table_of(results: dict[str, Any], rows: Sequence[str]) -> str | None:
    """Markdown of the seeds of which all rows are done; None where there is no such seed."""
    runs = complete(numbers_of(results), rows)
    if not runs:
        return None
    seeds = sorted(runs[rows[0]])
    of = results["settings"]
    beside = {called: results[name] for name, called in BESIDE.items()}
    return (
        f"{markdown(TABLE6, runs, beside)}\n\n"
        f"{len(rows)} rows with {len(seeds)} seed{'s' * (len(seeds) > 1)} each, {of['steps']} steps of {of['batch']}"
        f" windows out of {of['clips']} clips of {of['people']} people, {hours_of(results, rows, seeds):.2f} hours of"
        f" one CPU thread. Measured on {of['test_clips']} clips of {of['test_people']} people with held-out voices."
        f" Means and {CONFIDENCE:.0%} t intervals over seeds."
    )


def prepare(run: Path, out: Path, teacher: EMOPortraits, code: EntangledCode) -> dict[bool, Material]:
    """What rows are trained on, by whether the head pose is out of z. Raises FeedError."""
    made = Material(out / "train-clips", out / MOUTH)
    with ProgressBar(len(clips_of(run / "train")), "entangling") as bar:
        for clip_id in write_entangled(run / "train", run / "train-clips", made.clips, code):
            bar.advance(clip_id)
    if not made.mouth.is_file():
        write_mouth(made.mouth, teacher, MOUTH_SEEDS, MOUTH_STATES, code)
    return {True: Material(run / "train-clips", run / MOUTH), False: made}


def main(args: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    teacher = load_model(TEACHER).eval()
    code = code_of(teacher, args.run / "train")
    clips = ClipFolder(args.run / "train-clips", ("z",))
    _, mouth = load_components(args.run / MOUTH)
    for what, found in (("clips", clips.origin.teacher_sha256), ("mouth components", mouth.get("model_sha256"))):
        if found != teacher.weights_sha256:
            raise ModelError(f"expected {what} of {TEACHER} ({teacher.weights_sha256}) in {args.run} but got {found}")
    measured = measured_by(args.run, code)
    test = measured[True].clips
    settings = {
        "steps": args.steps, "batch": args.batch, "clips": len(clips),
        "people": len({one.person for one in clips.clips}), "test_clips": len(test),
        "test_people": len({one.clip.person for one in test}), "audio_features": clips.origin.audio_features,
        "teacher_sha256": clips.origin.teacher_sha256, "entangled_sha256": code.sha256,
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    results = read_results(args.out / RESULTS, settings)
    if not all(name in results for name in BESIDE):
        results |= {
            "still": measured[True].of_still(), "true": measured[True].of_truth(),
            "true_entangled": measured[False].of_truth(),
        }  # fmt: skip
        write_results(args.out / RESULTS, results)
    materials = prepare(args.run, args.out / "entangled", teacher, code)

    def run(row: str, seed: int) -> dict[str, Any]:
        config, started_s = config_of(row, seed, args.steps, args.batch), time.process_time()
        free = config.rules.disentangled
        model = trained(config, materials[free], args.out / f"{row}-{seed}")
        numbers = measured[free].of(model)
        return {"row": row, "seed": seed, "numbers": numbers, "cpu_s": round(time.process_time() - started_s)}

    run_missing(args.out / RESULTS, results, args.rows, args.seeds, run, args.minutes)
    show(table_of(results, args.rows), PAGE if args.write else None)
    return 0


if __name__ == "__main__":
    schedule = read_config(MINI).schedule
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="made by scripts/train_speech_mini.py")
    parser.add_argument("--steps", type=int, default=schedule.steps, help="of every row (%(default)s)")
    parser.add_argument("--batch", type=int, default=schedule.batch, help="windows in a step (%(default)s)")
    add_options(parser, tuple(ROWS), PAGE)
    try:
        sys.exit(main(parser.parse_args()))
    except FeedError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
