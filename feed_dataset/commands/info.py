"""`info`: this data's own Table 1, beside the paper's."""

from __future__ import annotations

import argparse

from feed_dataset.commands.directories import add_directory, show_on

_EPILOG = """\
Counts good files. Files that are not in the manifest yet are indexed first.

examples:
  python -m feed_dataset info /data/FEED
  python -m feed_dataset info /data/MEAD --corpus mead
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "info",
        help="people and mean length per task, beside the tables of the paper",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_directory(parser)
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    from feed_dataset import open_catalog
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.corpora import load_corpus
    from feed_dataset.export.licence import licence_of
    from feed_dataset.manifest import index_directory
    from feed_dataset.manifest.info import aligned, summary, table_1, table_2

    corpus = load_corpus(arguments.corpus)
    with ProgressBar(0, "indexing") as bar:
        manifest = index_directory(arguments.directory, arguments.corpus, arguments.workers, show_on(bar))
    if corpus.name == "feed":
        print(f"Table 1: tasks in {manifest.root}\n")
        print(aligned(table_1(manifest)))
        print("\nTable 2: corpora, as the paper compares them\n")
        print(aligned(table_2(manifest)))
        found = licence_of(open_catalog(arguments.directory))
        licence = f"{found.title}. {found.note}"
    else:
        print(f"{corpus.title}: {manifest.root}\n")
        print(aligned(summary(manifest)))
        licence = corpus.licence
    counts = ", ".join(f"{count} {status}" for status, count in manifest.counts().items() if count)
    print(f"\n{counts}\nlicence: {licence}")
    return 0
