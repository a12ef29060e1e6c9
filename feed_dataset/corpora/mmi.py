"""MMI: posed and spontaneous facial expressions, each session in a folder with its annotations.

Layout as the database's download tool packs it, read from public loaders that walk it: `Sessions/<session>/
S<subject>-<clip>.avi`, with `session.xml`, `S<subject>-<clip>.xml` and, for coded clips, a file ending in
`oao_aucs.xml` beside it. What a user may select differs, so nothing is reported as missing. Subject and clip
number are all that a name says: emotions are in the XML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile, Kind

_NAME = re.compile(r"S(\d{3})-(\d{3})", re.IGNORECASE)
_SESSION = re.compile(r"\d{1,5}")


@dataclass(frozen=True, order=True)
class MmiName:
    """What a path of MMI says."""

    session: int
    subject: int
    clip: int


def parse_name(relative: PurePath, root_name: str) -> MmiName | str:
    """Read a path; the reason in words when it is no file of MMI."""
    match = _NAME.fullmatch(relative.stem)
    if match is None:
        return f"expected S<subject>-<clip> such as S001-001 but got {relative.stem!r}"
    folder = (root_name, *relative.parts[:-1])[-1]
    if not _SESSION.fullmatch(folder):
        return f"expected the session's number as the folder but got {folder!r}"
    return MmiName(int(folder), int(match[1]), int(match[2]))


class Mmi(Corpus):
    name = "mmi"
    title = "MMI Facial Expression Database (Pantic, Valstar, Rademaker and Maat, ICME 2005)"
    licence = "own licence agreement (EULA): scientific research only, no redistribution"
    how_to_get = (
        "Register on the page, sign the licence agreement and send it; then search, select sessions and download them "
        "as one archive. Unpack so that Sessions/<number> stays."
    )
    page = "https://mmifacedb.eu"
    pattern = "Sessions/<session>/S<subject>-<clip>.avi"
    suffixes = frozenset({".avi", ".jpg"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative, root_name)
        if isinstance(found, str):
            return found
        kind: Kind = "video" if relative.suffix.lower() == ".avi" else "image"
        fields = {"session": str(found.session), "clip": f"{found.clip:03d}"}
        subject = f"S{found.subject:03d}"
        return CorpusFile(
            f"{found.session}/{kind}/{subject}-{found.clip:03d}", subject, kind, fields=MappingProxyType(fields)
        )
