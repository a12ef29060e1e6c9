"""`submit`: check a results file or a bundle, and store it, or prepare it for a results repository."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db, open_store


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("submit", help="check a results file or a bundle, and store it")
    parser.add_argument(
        "results", type=Path, metavar="RESULTS", help="results.json, the folder of a run, or a bundle (.zip)"
    )
    parser.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    elsewhere = parser.add_mutually_exclusive_group()
    elsewhere.add_argument("--server", metavar="URL", help="send it to a server instead; needs --token-file")
    elsewhere.add_argument(
        "--to-folder",
        type=Path,
        metavar="DIR",
        help="add files to a results repository (Git or Hugging Face) instead; a run is packed first",
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="F", help="file with the token that the server's people gave you"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be stored, written or sent")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Read, check, store; print the number of the submission, or the files."""
    if options.to_folder is not None:
        return _to_folder(options)
    if options.server is not None:
        return _to_server(options)
    from feed_dataset.core.jobs.cells import one_line
    from leaderboard.sending import is_bundle

    if is_bundle(options.results):
        print(one_line(_of_bundle(options)))
    else:
        print(one_line(_of_results(options)))
    return 0


def _of_results(options: argparse.Namespace) -> str:
    from leaderboard.validate import read_submission

    submission = read_submission(options.results, protocol_file=options.protocol)
    stated = sorted({a.metric for a in submission.aggregates if a.level == "set" and a.value is not None})
    derived = sum(a.level == "case" and a.value is not None for a in submission.aggregates)
    note = f"; as stated, because no rows lead to them: {', '.join(stated)}" if stated else ""
    counted = f"{derived} values derived again from {len(submission.results.rows)} rows{note}"
    place = "would be stored" if options.dry_run else None
    if place is None:
        store = open_store(options)
        place = f"submission {store.add(submission)} stored in {store.name}"
    return f"{place}: {_about(submission.results)}; {counted}"


def _of_bundle(options: argparse.Namespace) -> str:
    import tempfile

    from leaderboard.errors import AlreadyStored
    from leaderboard.store.prepared import prepare
    from leaderboard.store.submissions import Attachments
    from leaderboard.verdicts import is_beyond

    checked = _checked(options.results, options)
    submission = checked.submission
    if options.dry_run:
        return f"would be stored: {_about(submission.results)}; {checked.verdict}"
    store = open_store(options)
    with tempfile.TemporaryDirectory() as folder:
        clips = _unpacked(options.results, checked.clips, Path(folder))
        attachments = Attachments(options.results, clips)
        prepared = prepare(submission, verdict=checked.verdict, evidence=checked.levels)
        try:
            number = store.add_prepared(prepared, attachments=attachments)
        except AlreadyStored as error:
            number = error.submission
            if not is_beyond(checked.verdict, store.submission(number).verdict):
                raise
            store.follow(number, checked.verdict, prepared=prepared, attachments=attachments)
            return f"submission {number} in {store.name} is now {checked.verdict}: {_about(submission.results)}"
    return f"submission {number} stored in {store.name}: {_about(submission.results)}; {checked.verdict}"


def _to_folder(options: argparse.Namespace) -> int:
    import tempfile

    from leaderboard.bundle.folder import folder_form, write_folder
    from leaderboard.bundle.pack import pack
    from leaderboard.sending import is_bundle

    with tempfile.TemporaryDirectory() as temporary:
        bundle = options.results
        if not is_bundle(bundle):
            bundle = pack(bundle, Path(temporary)).path
        form = folder_form(bundle, _checked(bundle, options))
        if not options.dry_run:
            write_folder(form, bundle, options.to_folder)
        sizes = {**{name: len(content) for name, content in form.files.items()}, form.bundle: bundle.stat().st_size}
        for name, size in sizes.items():
            print(f"{'would write' if options.dry_run else 'wrote'} {options.to_folder / name} ({size} bytes)")
    return 0


def _to_server(options: argparse.Namespace) -> int:
    """Check here first: what is wrong is known without waiting."""
    from feed_dataset.core.jobs.cells import one_line
    from leaderboard.errors import SubmissionError
    from leaderboard.sending import Parcel, Server, is_bundle, read_token
    from leaderboard.validate import read_submission

    if options.token_file is None:
        raise SubmissionError(
            "expected --token-file with --server; the server's people make tokens with `token create`"
        )
    server = Server(options.server, read_token(options.token_file))
    if is_bundle(options.results):
        results, verdict = (checked := _checked(options.results, options)).submission.results, checked.verdict
    else:
        results, verdict = read_submission(options.results, protocol_file=options.protocol).results, "self-reported"
    parcel = Parcel.of(options.results)
    what = f"{parcel.path} ({parcel.size_bytes} bytes of {parcel.kind}, key {parcel.key})"
    if options.dry_run:
        holder = server.check(parcel)
        print(
            one_line(
                f"would send {what} to {server.name} as {holder.name}: {_about(results)}; {verdict} by the check here"
            )
        )
        return 0
    receipt = server.send(parcel)
    there = "stored" if receipt.is_new else "was there already, from an earlier try"
    print(one_line(f"submission {receipt.submission} {there}: {_about(results)}; {receipt.verdict}; {receipt.address}"))
    return 0


def _checked(bundle: Path, options: argparse.Namespace) -> Any:
    """The check of a bundle that is accepted. Raises SubmissionError with the first problems of one that is not."""
    from leaderboard.bundle.check import check_bundle
    from leaderboard.errors import SubmissionError

    checked = check_bundle(bundle, protocol_file=options.protocol)
    if checked.submission is None:
        first = "; ".join(map(str, checked.problems[:_SHOWN]))
        more = f"; and {len(checked.problems) - _SHOWN} more" if len(checked.problems) > _SHOWN else ""
        raise SubmissionError(f"{bundle} is rejected: {first}{more}")
    return checked


_SHOWN = 3


def _unpacked(bundle: Path, names: tuple[str, ...], folder: Path) -> dict[str, Path]:
    """Previews as files, numbered: their names are somebody's."""
    from leaderboard.bundle.archive import Archive
    from leaderboard.bundle.clips import MAX_CLIP_BYTES

    found = {}
    with Archive(bundle) as archive:
        for number, name in enumerate(names):
            found[name] = folder / str(number)
            found[name].write_bytes(archive.read(name, MAX_CLIP_BYTES))
    return found


def _about(results: Any) -> str:
    methods = ", ".join(method.name for method in results.methods)
    return f"{results.protocol.name} v{results.protocol.version}, {methods}"
