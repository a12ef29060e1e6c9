"""An exported folder on the Hugging Face hub: private unless asked otherwise, tagged with its version."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import words_and_place
from feed_dataset.export.card import CARD
from feed_dataset.export.folder import verify_export
from feed_dataset.export.plan import DATA
from feed_dataset.export.record import RECORD, ExportError, ExportRecord, read_record

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_KIND = "dataset"
_OURS = (".gitattributes", CARD)  # what a repository that was just made may hold


class HubError(ExportError):
    """The hub refused, cannot be reached, or the repository is not one to write to."""


def open_repository(repo: str, *, public: bool = False, api: HfApi | None = None) -> ExportRecord | None:
    """Make the data set repository `repo` where there is none; the record of what was uploaded before.

    Raises HubError: no token, no network, `repo` holds something else, or it is public and `public` is False.
    """
    api = api or _api()
    with _hub_errors(repo):
        api.create_repo(repo, repo_type=_KIND, private=not public, exist_ok=True)
        if not public and not api.repo_info(repo, repo_type=_KIND).private:
            raise HubError(f"expected a private repository but everybody can read {repo}; use another, or --public")
        names = set(api.list_repo_files(repo, repo_type=_KIND))
        if RECORD in names:
            with tempfile.TemporaryDirectory() as folder:
                api.hf_hub_download(repo, RECORD, repo_type=_KIND, local_dir=folder)
                return read_record(Path(folder))
        others = sorted(names.difference(_OURS))
        if others:
            raise HubError(f"expected an empty repository or an export (with {RECORD}) but {repo} holds {others[0]}")
    return None


def upload_export(folder: Path, repo: str, *, api: HfApi | None = None) -> str:
    """Upload a finished export to the opened repository and tag it `v<version>`; the tag.

    Goes on where an earlier upload stopped. Files that are no part of the export any more are deleted from the newest
    revision. Earlier revisions keep them until the repository's history is squashed (`HfApi.super_squash_history`).

    Raises:
        ExportError: the folder is unfinished or damaged.
        HubError: as in `open_repository`.
    """
    record = verify_export(folder)
    api = api or _api()
    tag = f"v{record.version}"
    with _hub_errors(repo):
        api.upload_folder(
            repo_id=repo,
            repo_type=_KIND,
            folder_path=folder,
            commit_message=f"FEED selection {record.version}, digest {record.digest[:16]}",
            allow_patterns=[CARD, RECORD, f"{DATA}/**"],
            delete_patterns=[f"{DATA}/**"],  # of these, only what is not uploaded now
        )
        api.create_tag(repo, tag=tag, repo_type=_KIND, exist_ok=True)
    return tag


def _api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(library_name="feed_dataset")


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    """One kind of error for what the hub's client raises; huggingface_hub's HTTP errors differ by version."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    http_error: type[BaseException] = HfHubHTTPError.__mro__[1]  # httpx's, of which connection errors are too
    try:
        yield
    except HFValidationError as error:
        raise HubError(f"expected a repository name like user/feed-extreme but got {repo!r}: {error}") from error
    except (http_error, OSError) as error:
        reason = next(iter(words_and_place(error).strip().splitlines()), type(error).__name__)
        raise HubError(
            f"expected the hub to take {repo} but {reason}; see `hf auth login` and the network, then run this again"
        ) from error
