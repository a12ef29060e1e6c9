"""`render`: synthetic takes in FEED's layout."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from feed_dataset.commands.arguments import positive
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.layout.names import STEMS as FEED_LAYOUT
from feed_dataset.layout.names import TASKS
from feed_dataset.synthetic.takes.settings import ALL_CAMERAS, SETTINGS, STEMS, SUBJECTS

_ALL = "all"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("render", help="render synthetic takes in FEED's layout; resumable")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    people = parser.add_mutually_exclusive_group()
    people.add_argument(
        "--subjects", type=positive, metavar="N", help="S01 ... S08, then random people unlike each other"
    )
    people.add_argument(
        "--subject",
        action="extend",
        nargs="+",
        metavar="NAME",
        help="S01 ... S08 or R<seed> for a random person (default: S01 ... S08)",
    )
    parser.add_argument(
        "--tasks",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help=f"whole tasks ({', '.join(TASKS)}), other stems such as MAU_mild, or {_ALL}",
    )
    parser.add_argument(
        "--stem",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help=f"single stems, also those named like a task (default without --tasks: {' '.join(STEMS)})",
    )
    parser.add_argument("--size", default=str(SETTINGS.size_px), metavar="SIZE", help="512, 1080p, 4k or a square's px")
    parser.add_argument(
        "--cameras", nargs="+", default=list(ALL_CAMERAS), choices=ALL_CAMERAS, help="which of them film (default: all)"
    )
    parser.add_argument("--frames", type=positive, default=SETTINGS.frame_count)
    parser.add_argument("--fps", type=positive, default=SETTINGS.fps)
    parser.add_argument("--seed", type=int, default=SETTINGS.seed, help="of what people do, and of who --subjects are")
    parser.add_argument("--crf", type=int, default=SETTINGS.crf, help="H.264 rate factor, less is better")
    parser.add_argument("--workers", type=positive, help="processes (default: the cores, at most 8)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Render what the parsed arguments say; the exit code. Raises FeedError."""
    stems = stems_of(arguments.tasks, arguments.stem)
    from feed_dataset.catalog.rendered import write_rendered
    from feed_dataset.core.jobs.errors import wrong_value
    from feed_dataset.core.jobs.executor import cpu_workers
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder
    from feed_dataset.synthetic.takes.casting import cast
    from feed_dataset.synthetic.takes.sizes import with_size
    from feed_dataset.synthetic.takes.write import render_dataset

    subjects: Sequence[str] = tuple(dict.fromkeys(arguments.subject or SUBJECTS))
    with wrong_value():
        settings = replace(
            SETTINGS,
            frame_count=arguments.frames,
            fps=arguments.fps,
            seed=arguments.seed,
            crf=arguments.crf,
            cameras=tuple(name for name in ALL_CAMERAS if name in arguments.cameras),
        )
        settings = with_size(settings, arguments.size)
        if arguments.subjects is not None:
            subjects = cast(arguments.subjects, seed=arguments.seed)
    writable_folder(arguments.out, "--out")
    takes = len(subjects) * len(stems)
    with ProgressBar(takes, "rendering") as bar:
        rendered = render_dataset(
            arguments.out,
            subjects=subjects,
            stems=stems,
            settings=settings,
            workers=arguments.workers or cpu_workers(),
            on_take=lambda take_id, now: bar.advance(take_id, "rendered" if now else "is there"),
        )
    write_rendered(arguments.out, settings.described())
    print(f"{arguments.out}: {rendered} takes rendered, {takes - rendered} were there")
    return 0


def stems_of(tasks: Sequence[str], stems: Sequence[str] = ()) -> tuple[str, ...]:
    """The stems to render, each once: of tasks (keys, stems or "all") and single ones; feed-mini's for neither.

    "rotations" among the tasks is the whole task with `tongue_rot`, among the stems only itself. Raises FeedError for
    an unknown name.
    """
    from feed_dataset.synthetic.motion.timeline import PROGRAMMES

    programmes = (*PROGRAMMES, "speech")
    chosen: list[str] = []
    for name in tasks:
        if name == _ALL:
            chosen += programmes
        elif name in TASKS:
            chosen += [stem for stem in programmes if FEED_LAYOUT[stem].task == name]
        elif name in programmes:
            chosen.append(name)
        else:
            raise FeedError(unknown("task or stem", name, [*TASKS, *programmes, _ALL]))
    for name in stems:
        if name not in programmes:
            raise FeedError(unknown("stem", name, programmes))
        chosen.append(name)
    return tuple(dict.fromkeys(chosen)) or STEMS
