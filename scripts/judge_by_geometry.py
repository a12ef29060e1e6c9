"""Judge cross-reenactment by the renderer's own geometry: no network that any method or metric uses has a say.

    python -m scripts.judge_by_geometry RUN_DIR            # a finished run of feed-mini-cross
    python -m scripts.judge_by_geometry RUN_DIR --write    # and put the tables into docs/results.md

Where the source person's landmarks are in the driver's states is known; where a method put them, dense optical flow
from the source image to its frames finds. Exact renders of some cases, as they are, two frames late and half as strong,
say how good this judge is. Drawn pictures are kept in RUN_DIR/geometry; about ten minutes on one core.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from benchmark.engine.plan import Plan, predictions_folder
from benchmark.results.crossed import Crossing, mean_of
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Results, write_text_atomic
from feed_dataset.core.jobs.errors import FeedError
from leaderboard.tables import number
from scripts.update_readme import filled
from scripts.validation.geometry_cases import JudgedCase, frames_of, judged_cases, rendered_cases
from scripts.validation.geometry_scores import Scores
from scripts.validation.geometry_truth import as_it_is, late, weakened

PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"
BEGIN, END = "<!-- geometry:begin -->", "<!-- geometry:end -->"
STILL = "copy-source"
DRAWN = {"exact-render": as_it_is, "exact-render, 2 frames late": late(2), "exact-render, half": weakened(0.5)}
PARTS = tuple(field.name for field in fields(Scores))
NETWORKS = {"pose": "pose_transfer[mesh478]", "expression": "expression_transfer[mesh478]"}
Judged = dict[str, dict[str, Scores]]  # by name of the frames, by case id


def judge(results: Results, plan: Plan, drawn: int) -> tuple[Judged, dict[str, JudgedCase]]:
    """Every method on every rendered case, and drawn pictures on the first case of each of some sources."""
    names = [method.name for method in results.methods if method.name != STILL]
    judged: Judged = {name: {} for name in (STILL, *names, *DRAWN)}
    cases, sources = {}, set[str]()
    planned = rendered_cases(plan)
    for case in judged_cases(planned):
        cases[case.id] = case
        judged[STILL][case.id] = case.judge(case.still())
        for name in names:
            frames = frames_of(predictions_folder(plan.out), name, case.id)
            if frames is not None:
                judged[name][case.id] = case.judge(frames)
        if case.source not in sources and len(sources) < drawn:
            sources.add(case.source)
            for name, state in DRAWN.items():
                judged[name][case.id] = case.judge(case.drawn(plan.out / "geometry", name, state))
        print(f"{len(cases)} of {len(planned)}: {case.id}", file=sys.stderr, flush=True)
    return judged, cases


def table(judged: Judged, cases: Mapping[str, JudgedCase], ids: Sequence[str]) -> list[str]:
    """A line for each kind of frames that has any of these cases."""
    lines = ["| frames | geometry ↑ | expression ↑ | pose ↑ | confirmed |", "|---|---:|---:|---:|---:|"]
    for name, found in judged.items():
        rows = [(cases[one], found[one]) for one in ids if one in found]
        if rows:
            lines.append(f"| {' | '.join([name, *(_cell(rows, part, len(ids)) for part in PARTS)])} |")
    return lines


def _cell(rows: Sequence[tuple[JudgedCase, Scores]], part: str, of: int) -> str:
    scored = [(case, value) for case, score in rows if (value := getattr(score, part)) is not None]
    if not scored:
        return "–"
    crossing = Crossing.of([case.driver for case, _ in scored], [case.source for case, _ in scored])
    mean = mean_of([value for _, value in scored], crossing)
    low, high = mean.interval()
    interval = "" if low is None or high is None else f" [{number(low)}, {number(high)}]"
    return f"{number(mean.value)}{interval}{f' ({len(scored)} of {of})' if len(scored) < of else ''}"


def agreement(judged: Judged, results: Results, part: str, metric: str) -> str:
    """How geometry and a network's metric order the methods, over the cases that both score of all methods."""
    names = [method.name for method in results.methods if method.name != STILL]
    network = {name: {row.case_id: row.value for row in results.case_rows(name, metric)} for name in names}
    values = {}
    for one in sorted(set.intersection(*(set(judged[name]) for name in names))) if names else []:
        pair = [(getattr(judged[name][one], part), network[name].get(one)) for name in names]
        if all(ours is not None and theirs is not None for ours, theirs in pair):
            values[one] = pair
    if not values or len(names) < 2:
        return f"{part}: nothing to compare with `{metric}`."
    both = np.array(list(values.values()), dtype=np.float64)  # [cases, methods, 2]
    orders = [" > ".join(names[i] for i in np.argsort(-both[..., side].mean(0))) for side in range(2)]
    signs = [np.sign(both[:, a] - both[:, b]) for a, b in itertools.combinations(range(len(names)), 2)]
    same = np.concatenate([sign[:, 0] == sign[:, 1] for sign in signs])
    return (
        f"{part}, {len(values)} cases: geometry says {orders[0]}, `{metric}` says {orders[1]}; of {len(same)} pairs of"
        f" methods on one case both order {int(same.sum())} alike."
    )


def report(judged: Judged, cases: Mapping[str, JudgedCase], results: Results) -> str:
    """The block of the page."""
    drawn = [one for one in cases if one in judged["exact-render"]]
    protocol = results.protocol
    lines = [
        f"All {len(cases)} rendered cases of {protocol.name} v{protocol.version}:",
        "",
        *table(judged, cases, [*cases]),
    ]
    if drawn:
        lines = [
            f"The {len(drawn)} cases of {protocol.name} v{protocol.version} that were drawn, one of each source:",
            "",
            *table(judged, cases, drawn),
            "",
            f"All {len(cases)} rendered cases:",
            "",
            *table({name: found for name, found in judged.items() if name not in DRAWN}, cases, [*cases]),
        ]
    lines += [""] + [f"- {agreement(judged, results, part, metric)}" for part, metric in NETWORKS.items()]
    return "\n".join(lines)


def plan_of(results: Results, run: Path) -> Plan:
    """The plan of a finished run on data that comes with the package."""
    from benchmark.engine.evaluation import plan_evaluation
    from benchmark.features.types.extractor import Compute

    plan = plan_evaluation(
        (),
        results.protocol.name,
        data=None,
        limit=results.protocol.limit,
        out=run,
        overwrite="never",
        compute=Compute(),
        command="",
        fetch=False,
    )
    if plan.protocol.case_list_sha256 != results.protocol.case_list_sha256 or plan.data.digest != results.data.digest:
        raise BenchmarkError(
            "expected a run of the protocol as it is now but its cases or data are others; run it anew"
        )
    return plan


def main() -> int:
    """Print the tables; 2 with one line when the run cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN_DIR")
    parser.add_argument("--drawn", type=int, default=6, help="sources of which a case is drawn (default: 6)")
    parser.add_argument("--write", action="store_true", help=f"also put the tables into {PAGE.name}")
    options = parser.parse_args()
    try:
        results = Results.load(options.run / "results.json")
        judged, cases = judge(results, plan_of(results, options.run), options.drawn)
        if not cases:
            raise BenchmarkError(f"expected rendered cases but {results.protocol.name} has none")
        text = report(judged, cases, results)
        print(text)
        if options.write:
            write_text_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), text, BEGIN, END))
    except (FeedError, ValueError) as error:
        print(f"judge_by_geometry: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
