"""`corpora`: the corpora of the paper, how to get them and on what terms."""

from __future__ import annotations

import argparse
import textwrap

_WIDTH = 110


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("corpora", help="the paper's corpora: layout, licence, how to get them")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    from feed_dataset.corpora import CORPORA, load_corpus

    corpora = [load_corpus(name) for name in arguments.names or CORPORA]
    for corpus in corpora:
        print(f"{corpus.name}: {corpus.title}")
        for label, text in (
            ("licence", corpus.licence),
            ("get it", corpus.how_to_get),
            ("page", corpus.page),
            ("layout", f"{corpus.pattern} ({' '.join(sorted(corpus.suffixes))})"),
        ):
            prefix = f"  {label:8}"
            print(textwrap.fill(text, _WIDTH, initial_indent=prefix, subsequent_indent=" " * len(prefix)))
    print("index one with: feed dataset index DIR --corpus NAME")
    return 0
