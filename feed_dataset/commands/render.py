"""`render`: synthetic takes in FEED's layout."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from feed_dataset.commands.arguments import positive
from feed_dataset.errors import FeedError
from feed_dataset.mini import SETTINGS, STEMS, SUBJECTS
from feed_dataset.text import unknown

_MASK_PARTS = 4  # masks have a quarter of the resolution, where that is a whole number


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("render", help="render synthetic takes in FEED's layout; resumable")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--subject",
        action="append",
        metavar="NAME",
        help="S01 ... S08 or R<seed> for a random person; repeatable",
    )
    parser.add_argument("--stem", action="append", metavar="NAME", help="such as random; repeatable")
    parser.add_argument("--size", type=positive, default=SETTINGS.size_px, metavar="PX")
    parser.add_argument("--frames", type=positive, default=SETTINGS.frame_count)
    parser.add_argument("--fps", type=positive, default=SETTINGS.fps)
    parser.add_argument("--seed", type=int, default=SETTINGS.seed)
    parser.add_argument("--crf", type=int, default=SETTINGS.crf, help="H.264 rate factor, less is better")
    parser.add_argument("--workers", type=positive, help="processes (default: half of the cores)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Render what the parsed arguments say; the exit code. Raises FeedError."""
    from feed_dataset.synthetic.timeline import PROGRAMMES
    from feed_dataset.synthetic.write import default_workers, render_dataset

    stems = arguments.stem or list(STEMS)
    known = [*PROGRAMMES, "speech"]
    for stem in stems:
        if stem not in known:
            raise FeedError(unknown("stem", stem, known))
    size_px = arguments.size
    settings = replace(
        SETTINGS,
        size_px=size_px,
        frame_count=arguments.frames,
        fps=arguments.fps,
        seed=arguments.seed,
        crf=arguments.crf,
        mask_px=size_px // _MASK_PARTS if size_px % _MASK_PARTS == 0 else size_px,
    )
    subjects = arguments.subject or list(SUBJECTS)
    bar = _Bar(len(subjects) * len(stems))
    with bar:
        rendered = render_dataset(
            arguments.out,
            subjects=subjects,
            stems=stems,
            settings=settings,
            workers=arguments.workers or default_workers(),
            on_take=bar.advance,
        )
    print(f"{arguments.out}: {rendered} takes rendered, {bar.total - rendered} were there")
    return 0


class _Bar:
    """A progress bar with time left on a terminal, a line per take elsewhere."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.total = total
        self._done = 0
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("rendering"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal,
            speed_estimate_period=600,
        )
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, take_id: str, rendered: bool) -> None:
        self._done += 1
        self._progress.update(self._task, advance=1, description=take_id)
        if not self._console.is_terminal:
            state = "rendered" if rendered else "is there"
            print(f"[{self._done}/{self.total}] {take_id} {state}", file=sys.stderr, flush=True)
