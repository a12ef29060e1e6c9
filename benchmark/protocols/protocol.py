"""Protocols: which data, which cases, which crop, which metrics. They are data; this module reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from benchmark.protocols.about import About
from benchmark.protocols.part import Names, Part
from benchmark.protocols.selection import (
    DriverSelection,
    ImagePairs,
    MethodRequirements,
    Sequences,
    SourceSelection,
    ViewSelection,
)
from benchmark.results.errors import BenchmarkError, UnknownProtocol
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.media.limits import MAX_FRAME_PIXELS
from feed_dataset.layout.mini import EMBEDDED

_SUFFIX = ".yaml"
_LARGEST_PX = math.isqrt(MAX_FRAME_PIXELS)  # a side: larger frames cannot be read back
_PLAIN = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$"  # what a folder may be called and a table shows as it is


RULES = ("drivers", "pairs", "sequences", "views")
"""How a protocol may say which cases it has."""


class Protocol(Part):
    """One protocol, as its YAML file states it.

    Its cases come by one of these rules: `drivers` (clips of FEED or feed-mini, and `sources`), `pairs` (pictures of
    corpora), `sequences` (videos of a corpus) or `views` (cameras of FEED or feed-mini). `gives` is what a method may
    see of a driver, besides its first frame: "image" (every frame), "audio", "pose" (head rotations). The harness
    withholds the rest. `asks` is what a method's card must say.
    """

    name: Annotated[str, Field(pattern=_PLAIN)]
    version: Annotated[str, Field(pattern=_PLAIN)]
    summary: str
    data: Literal["feed-mini", "feed-mini-cast", "feed-mini-speakers", "feed", "corpora"]
    task: Literal["cross", "self", "views"]
    size_px: Annotated[int, Field(ge=32, le=_LARGEST_PX)]
    crop_scale: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    frames_per_case: Annotated[int, Field(ge=1)]
    embed_every: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    drivers: DriverSelection | None = None
    sources: SourceSelection = SourceSelection()
    pairs: ImagePairs | None = None
    sequences: Sequences | None = None
    views: ViewSelection | None = None
    gives: Annotated[tuple[Literal["image", "audio", "pose"], ...], Field(min_length=0)] = ("image",)
    asks: MethodRequirements = MethodRequirements()
    metrics: Names
    about: About = About()

    @model_validator(mode="after")
    def _one_rule(self) -> Protocol:
        rules = [name for name in RULES if getattr(self, name) is not None]
        if len(rules) != 1:
            raise ValueError(f"expected one of {', '.join(RULES)} but got {' and '.join(rules) or 'none'}")
        on_clips = rules[0] in ("drivers", "views")
        if (self.data == "corpora") == on_clips:
            raise ValueError(f"expected {rules[0]} on {'feed' if on_clips else 'corpora'} but got {self.data}")
        if self.drives_with_images and (self.frames_per_case != 1 or self.task != "cross"):
            raise ValueError("expected task cross and frames_per_case 1 with pairs: a picture has one frame")
        if self.sequences is not None and self.task != "self":
            raise ValueError(f"expected task self with sequences, which are their own reference, but got {self.task}")
        if (self.views is not None) != (self.task == "views"):
            raise ValueError(f"expected task views with views, and only there, but got {self.task}")
        if not self.drives_with_images and self.frames_per_case < 2:
            raise ValueError("expected frames_per_case of at least 2 for clips but got 1")
        if self.sources != SourceSelection() and self.drivers is None:
            raise ValueError(f"expected no sources beside {rules[0]}, which names its own")
        return self

    @property
    def root(self) -> Path | None:
        """Where the data lies that comes with the package; None where the user has it."""
        return EMBEDDED.get(self.data)

    @property
    def corpora(self) -> tuple[str, ...]:
        """What the user must have, by the names that `--data NAME=DIR` takes; empty where the package has it."""
        if self.pairs is not None:
            return tuple(dict.fromkeys((self.pairs.sources.corpus, self.pairs.drivers.corpus)))
        if self.sequences is not None:
            return (self.sequences.corpus,)
        return () if self.root is not None else ("feed",)

    @property
    def data_name(self) -> str:
        """What results call the data."""
        return "+".join(self.corpora) or self.data

    @property
    def has_references(self) -> bool:
        """Whether it is known what should come out."""
        return self.task in ("self", "views")

    @property
    def drives_with_images(self) -> bool:
        """Whether a driver is one picture."""
        return self.pairs is not None

    @property
    def is_heard(self) -> bool:
        """Whether sound drives, and no frames do."""
        return "audio" in self.gives and "image" not in self.gives

    @property
    def span_s(self) -> tuple[float, float] | None:
        """How long drivers last at least, and of longer ones how much is used; None: any, and all of it."""
        return None if self.sequences is None else (self.sequences.shortest_s, self.sequences.longest_s)

    @property
    def cases_at_most(self) -> int:
        """How many cases there are where the data has enough."""
        if self.pairs is not None:
            return self.pairs.sources.images * self.pairs.drivers_per_source
        if self.sequences is not None:
            return self.sequences.sequences
        if self.views is not None:
            return self.views.cases
        assert self.drivers is not None
        return self.drivers.cases + self.sources.photo_cases


def names() -> tuple[str, ...]:
    """All shipped protocols, sorted."""
    folder = resources.files("benchmark.protocols")
    return tuple(sorted(f.name.removesuffix(_SUFFIX) for f in folder.iterdir() if f.name.endswith(_SUFFIX)))


def load(name: str) -> Protocol:
    """Read a shipped protocol by name, or a YAML file of one's own by its path.

    Raises:
        UnknownProtocol: no such name, naming the nearest; or no such file.
        BenchmarkError: the file is no protocol; every problem is named with its place.
    """
    if name.endswith((_SUFFIX, ".yml")):
        return read_own(Path(name).expanduser())
    if name not in names():
        raise UnknownProtocol(f"{unknown('protocol', name, names())} (a file of your own ends in {_SUFFIX})")
    text = (resources.files("benchmark.protocols") / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    return Protocol.model_validate(yaml.safe_load(text))


def read_own(path: Path) -> Protocol:
    """Read a protocol file of one's own. Raises as `load`."""
    try:
        content = yaml.safe_load(read_text(path))
        found = Protocol.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownProtocol(f"expected a protocol file but cannot read {path}: {words_of(error)}") from error
    except RecursionError as error:
        raise BenchmarkError(f"expected a protocol but {path} is nested too deeply") from error
    except yaml.YAMLError as error:
        raise BenchmarkError(f"expected a protocol in YAML but {path} has {' '.join(str(error).split())}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()]
        raise BenchmarkError(f"expected a protocol but {path} has {'; '.join(lines)}") from error
    if found.name in names():
        raise BenchmarkError(f"{path} is called {found.name!r} as a shipped protocol is; give it another name")
    return found


def choose(name: str | None, *, has_data_dir: bool) -> Protocol:
    """The protocol asked for, or the default for the data.

    Raises:
        UnknownProtocol: no such name.
        BenchmarkError: a protocol for rendered data together with a data directory, or the reverse.
    """
    protocol = load(name or ("feed-cross" if has_data_dir else "feed-mini-cross"))
    twin = (
        protocol.name.replace("feed-mini-", "feed-") if has_data_dir else protocol.name.replace("feed-", "feed-mini-")
    )
    if has_data_dir and protocol.root is not None:
        instead = f"use --protocol {twin}" if twin in names() else "leave --data out"
        raise BenchmarkError(
            f"expected a protocol for videos with --data but got {protocol.name!r}, which reads the rendered"
            f" {protocol.data}; {instead}"
        )
    if not has_data_dir and protocol.root is None:
        instead = f"; use --protocol {twin} for the rendered feed-mini" if twin in names() and twin != name else ""
        raise BenchmarkError(
            f"expected {wanted_data(protocol.corpora)} with protocol {protocol.name!r} but got none{instead}"
        )
    return protocol


def wanted_data(corpora: Sequence[str]) -> str:
    """What to type for these corpora."""
    return "--data DIR" if list(corpora) == ["feed"] else " ".join(f"--data {name}=DIR" for name in corpora)
