"""What each verb of `study` does; heavy imports wait until one runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leaderboard.study.score import StudyScore
    from leaderboard.study.store import StudyStore


def build_study(options: argparse.Namespace) -> None:
    """Write a study's folder."""
    from feed_dataset.core.jobs.progress import ProgressBar
    from leaderboard.study.build import Wish, build

    wish = Wish(
        title=options.title,
        raters=options.raters,
        questions=options.questions_per_rater,
        cases=options.cases,
        methods=options.methods,
        most_s=options.seconds,
        seed=options.seed,
    )
    with ProgressBar(total=None, label="clips", lines="none") as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.show(done)

        study = build(options.runs, options.out, wish, tell=tell)
    real = sum(one.check is None for one in study.questions)
    cases = len({one.case_id for one in study.questions})
    print(
        f"{options.out}: {len(study.forms)} forms of {len(study.forms[0])} questions; {real} different questions and"
        f" {len(study.questions) - real} checks on {cases} cases, {', '.join(study.method_names)}"
    )
    for left_out in study.left_out:
        print(f"left out: {left_out.case_id}: {left_out.reason}")


def add_study(options: argparse.Namespace) -> None:
    """Take a study into the leaderboard."""
    study_id = _studies(options).add(options.study)
    print(f"/study/{study_id}  (of the server that `python -m leaderboard serve` starts)")


def list_studies(options: argparse.Namespace) -> None:
    """One line for each study."""
    from feed_dataset.core.jobs.cells import one_line

    for study_id, title, raters, answers in _studies(options).ids():
        print(one_line(f"{study_id} {title}: {raters} raters, {answers} answers"))


def export_study(options: argparse.Namespace) -> None:
    """Write a study's answers."""
    from leaderboard.study.answers import answers_digest, save_answers
    from leaderboard.study.store import chosen

    studies = _studies(options)
    study_id = chosen(studies.ids(), options.study)
    answers = studies.answers(study_id)
    save_answers(options.out, answers)
    print(f"{len(answers)} answers to study {studies.study(study_id).digest}: {answers_digest(answers)}")


def score_study(options: argparse.Namespace) -> None:
    """Print what a study found."""
    from benchmark.results.schema import write_text_atomic
    from leaderboard.study.printing import print_score

    found = _scored(options)
    print_score(found)
    if options.json is not None:
        write_text_atomic(options.json, found.to_json())


def _scored(options: argparse.Namespace) -> StudyScore:
    from leaderboard.study.answers import load_answers
    from leaderboard.study.document import Study
    from leaderboard.study.exclusions import Rules
    from leaderboard.study.score import score

    rules = Rules(
        failed_checks=options.failed_checks,
        fastest_s=options.fastest_s,
        must_be_in_view=not options.count_out_of_view,
    )
    return score(Study.load(options.study), load_answers(options.answers), rules)


def join_study(options: argparse.Namespace) -> None:
    """Put it into a results file."""
    from leaderboard.study.document import Study
    from leaderboard.study.joining import join

    join(options.results, Study.load(options.study), _scored(options), options.out or options.results)
    print(f"{options.out or options.results}: UMTN and UAPP of the study are in it")


def simulate_study(options: argparse.Namespace) -> None:
    """Say how many raters are needed, and whether intervals hold."""
    from dataclasses import replace

    from feed_dataset.core.jobs.errors import wrong_value
    from leaderboard.study.simulate import Design, coverage, evenly_spaced, raters_needed

    with wrong_value():
        design = Design(
            theta=evenly_spaced(options.methods, options.effect),
            raters=2,
            questions=options.questions,
            items=options.cases,
            taste_sd=options.taste_sd,
            item_sd=options.item_sd,
            log_tie=0.0 if options.ties else None,
        )
        needed, reached = raters_needed(
            design, wanted=options.power, most=options.most_raters, trials=options.trials, seed=options.seed
        )
        count = needed or options.most_raters
        if needed is None:
            print(f"{options.most_raters} raters find all differences in {100 * reached:.0f} % of studies: not enough")
        else:
            print(
                f"{needed} raters with {options.questions} questions each ({needed * options.questions} answers) find"
                f" all differences in {100 * reached:.0f} % of {options.trials} drawn studies"
            )
        found = coverage(replace(design, raters=count), trials=options.trials, seed=options.seed + 1)
    print(f"95 % intervals with {count} raters hold the truth in {found.trials} drawn studies:")
    for name, value in (
        ("percentages", found.shares),
        ("ratings", found.ratings),
        ("differences of two ratings", found.differences),
        ("the same, if votes were independent", found.independent),
    ):
        print(f"  {name}: {100 * value:.1f} %")


def _studies(options: argparse.Namespace) -> StudyStore:
    from leaderboard.store import Store
    from leaderboard.study.store import StudyStore

    return StudyStore(Store(options.db, files=options.files))


VERBS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "build": build_study,
    "add": add_study,
    "list": list_studies,
    "export": export_study,
    "score": score_study,
    "join": join_study,
    "simulate": simulate_study,
}
