"""All pages as files: they open from disk, and any web server can show them under any path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from feed_dataset.core.jobs.atomic import replacing
from leaderboard.errors import SubmissionError
from leaderboard.web.clips import no_files
from leaderboard.web.compare import compare_page
from leaderboard.web.downloads import csv_of, tex_of
from leaderboard.web.environment import static_files
from leaderboard.web.pages import Site, board_page, index_page, paper_page
from leaderboard.web.submission import submission_page
from leaderboard.web.view import view_of


def site_files(
    site: Site, documents: Mapping[int, str], clips: Callable[[int], Mapping[str, Path]] = no_files
) -> Iterator[tuple[str, bytes]]:
    """Every file of the site as (path, content).

    Args:
        documents: results files as they were sent, by number of the submission.
        clips: files of a submission's clips by their address.
    """
    for name, content in static_files().items():
        yield f"static/{name}", content
    yield "index.html", index_page(site).encode()
    yield "paper.html", paper_page(site).encode()
    for board in site.boards:
        view = view_of(board, {})
        yield f"boards/{board.slug}.html", board_page(site, board, {}).encode()
        yield f"boards/{board.slug}.csv", csv_of(board, view).encode()
        yield f"boards/{board.slug}.tex", tex_of(board, view).encode()
        if (compared := compare_page(site, board, {})) is not None:
            yield f"compare/{board.slug}.html", compared.encode()
    for number in documents:
        for address, path in clips(number).items():
            yield address, path.read_bytes()
    for number, document in documents.items():
        yield f"submissions/{number}.html", submission_page(site, number, document).encode()
        yield f"submissions/{number}.json", document.encode()


def write_site(
    folder: Path,
    site: Site,
    documents: Mapping[int, str],
    clips: Callable[[int], Mapping[str, Path]] = no_files,
) -> int:
    """Write the files; each appears whole. Returns how many there are.

    Raises:
        SubmissionError: the folder has the first page of another site.
    """
    if (folder / "index.html").exists() and not (folder / "paper.html").exists():
        raise SubmissionError(f"expected a folder without another site but {folder} has an index.html; name another")
    count = 0
    for name, content in site_files(site, documents, clips):
        with replacing(folder / name) as temporary:
            temporary.write_bytes(content)
        count += 1
    return count
