"""Whose terms a directory's videos are under, and that the user said yes to them once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.rendered_audio import RENDERED_FILE
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.cache_folder import cache_folder
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.layout.mini import EMBEDDED


class LicenceNotAccepted(FeedError):
    """The data has terms that the user has not accepted on this machine."""


@dataclass(frozen=True)
class Licence:
    """The terms of a data set."""

    id: str  # as the hub's cards name it
    title: str
    note: str
    must_accept: bool


FEED_LICENCE = Licence(
    id="cc-by-nc-sa-4.0",
    title="CC BY-NC-SA 4.0",
    note=(
        "The public release of FEED carries two licence files that contradict each other: LICENSE.md says CC BY-NC-SA "
        "4.0 and was written for the data, LICENSE says Apache-2.0 and was added in April 2025. Treat the videos as "
        "CC BY-NC-SA 4.0: name the authors, no commercial use, copies under the same terms. Subjects may withdraw "
        "their consent: delete them when they do."
    ),
    must_accept=True,
)
RENDERED_LICENCE = Licence(
    id="cc0-1.0",
    title="CC0 1.0",
    note="Rendered by feed_dataset from CC0 assets. The pictures and sounds show and imitate nobody.",
    must_accept=False,
)


def licence_of(catalog: Catalog) -> Licence:
    """CC0 for feed-mini and for directories that hold exactly what the renderer wrote, else FEED's terms."""
    if catalog.name in EMBEDDED or _is_rendered(catalog):
        return RENDERED_LICENCE
    return FEED_LICENCE


def require_acceptance(licence: Licence, *, accept: bool) -> None:
    """Remember that the user accepts; raise LicenceNotAccepted when neither now nor before."""
    if not licence.must_accept:
        return
    accepted = _accepted()
    if licence.id in accepted:
        return
    if not accept:
        raise LicenceNotAccepted(
            f"expected that you accept the licence of this data, {licence.title}, but you have not on this machine. "
            f"{licence.note} Say yes once with --accept-licence"
        )
    path = _memory()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(sorted({*accepted, licence.id})) + "\n", encoding="utf-8")


def _accepted() -> set[str]:
    path = _memory()
    if not path.is_file():
        return set()
    try:
        return {str(name) for name in json.loads(path.read_text(encoding="utf-8"))}
    except (ValueError, TypeError):
        return set()  # a damaged note is no consent


def _memory() -> Path:
    return cache_folder() / "accepted_licences.json"


def _is_rendered(catalog: Catalog) -> bool:
    path = catalog.root / RENDERED_FILE
    if not path.is_file():
        return False
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["digest"] == catalog.digest)
    except (ValueError, TypeError, KeyError):
        return False
