"""FFHQ: 70,000 photographs of faces.

Layout as in the README of NVlabs/ffhq-dataset (`images1024x1024/00000/00000.png`; the folder is the image's number
with its last three digits zero; the same below `thumbnails128x128` and `in-the-wild-images`). The first 60,000 are
its training part, the rest its validation part. Public code also has JPEG copies, other sizes (`images512x512`), and
the names of StyleGAN's tool, `00069/img00069999.png`. Ages and the paper's filter: `ffhq_labels`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from feed_dataset.corpora.base import Corpus, CorpusFile

COUNT = 70_000
TRAINING_COUNT = 60_000
KINDS: Mapping[str, str] = MappingProxyType(
    {"images1024x1024": "aligned, 1024 px", "thumbnails128x128": "aligned, 128 px", "in-the-wild-images": "as taken"}
)
_FOLDER_SIZE = 1000
_NUMBER = re.compile(r"\d{5}")
_STYLEGAN = re.compile(r"img(\d{8})")
_RESIZED = re.compile(r"images\d+x\d+")


def parse_name(relative: PurePath, root_name: str) -> tuple[str, int] | str:
    """(kind, a key of KINDS or "", image number); the reason in words when it is no file of FFHQ."""
    renamed = _STYLEGAN.fullmatch(relative.stem)
    if renamed is None and not _NUMBER.fullmatch(relative.stem):
        return f"expected an image number of five digits such as 00000 but got {relative.stem!r}"
    number = int(renamed[1] if renamed else relative.stem)
    if number >= COUNT:
        return f"the image is {number}, expected 00000 to {COUNT - 1}"
    folders = (root_name, *relative.parts[:-1])
    right = f"{number // _FOLDER_SIZE:05d}" if renamed else f"{number - number % _FOLDER_SIZE:05d}"
    if _NUMBER.fullmatch(folders[-1]) and folders[-1] != right:
        return f"image {number:05d} belongs into folder {right} but is in {folders[-1]}"
    is_kind = (folder for folder in reversed(folders) if folder in KINDS or _RESIZED.fullmatch(folder))
    return next(is_kind, ""), number


class Ffhq(Corpus):
    name = "ffhq"
    title = "FFHQ: Flickr-Faces-HQ (Karras, Laine and Aila, CVPR 2019)"
    licence = (
        "data set CC BY-NC-SA 4.0 (NVIDIA); each image under its own licence (CC BY 2.0, CC BY-NC 2.0, public domain, "
        "CC0 or US government work), named with its author in ffhq-dataset-v2.json"
    )
    how_to_get = (
        "Run download_ffhq.py --json --images of the repository. For the paper's filter also get "
        "ffhq_aging_labels.csv (github.com/royorel/FFHQ-Aging-Dataset) or the folder json "
        "(github.com/DCGM/ffhq-features-dataset)."
    )
    page = "https://github.com/NVlabs/ffhq-dataset"
    pattern = "images1024x1024/<thousand>/<image>.png"
    suffixes = frozenset({".png", ".jpg", ".jpeg", ".webp"})

    def parse(self, relative: PurePath, root_name: str) -> CorpusFile | str:
        found = parse_name(relative, root_name)
        return found if isinstance(found, str) else _file(*found)

    def expected(self, found: Mapping[str, CorpusFile]) -> tuple[CorpusFile, ...]:
        """All 1000 images of each folder that was begun."""
        begun = sorted(
            {(file.fields["kind"], int(file.subject) // _FOLDER_SIZE * _FOLDER_SIZE) for file in found.values()}
        )
        complete = {
            file.id: file
            for kind, first in begun
            for number in range(first, first + _FOLDER_SIZE)
            for file in [_file(kind, number)]
        }
        return tuple({**complete, **found}.values())


def _file(kind: str, number: int) -> CorpusFile:
    part = "training" if number < TRAINING_COUNT else "validation"
    fields = MappingProxyType({"kind": kind, "part": part})
    return CorpusFile(f"{kind or 'images'}/{number:05d}", f"{number:05d}", "image", fields=fields)
