"""Protocols: which data, which cases, which crop, which metrics. They are data; this module reads them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.results.errors import BenchmarkError, UnknownProtocol
from feed_dataset.core.jobs.files import read_text
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.layout.mini import EMBEDDED

_SUFFIX = ".yaml"
_PLAIN = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$"  # what a folder may be called and a table shows as it is


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"expected each once but got {', '.join(twice)} more than once")
    return names


_Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_distinct)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DriverSelection(_Part):
    """Which clips drive; `cases` of them are chosen, spread over subjects and stems."""

    subjects: _Names | None  # None: every subject of the data
    stems: _Names
    camera: Literal["C", "L", "R"]
    cases: Annotated[int, Field(ge=1)]


class SourceSelection(_Part):
    """What is driven.

    With `subjects`, the first frames of these people and the photographs, balanced: each source equally often, and no
    driver meets a source twice. Without, other subjects of the drivers' clips, and `photo_cases` with a photograph.
    """

    subjects: _Names | None = None
    photo_cases: Annotated[int, Field(ge=0)] = 0
    photos: Annotated[tuple[str, ...], AfterValidator(_distinct)] = ()

    @model_validator(mode="after")
    def _photos_named(self) -> SourceSelection:
        if self.photo_cases and not self.photos:
            raise ValueError(f"expected photos for {self.photo_cases} photo cases but got none")
        if self.photo_cases and self.subjects is not None:
            raise ValueError("expected no photo_cases beside subjects: photographs are sources like the people")
        return self


class MethodRequirements(_Part):
    """What a protocol asks of a method's card besides what drives it. A card that leaves it unknown is refused.

    `unseen_people`: not trained on anyone who drives or is driven. `no_optimisation`: not trained on every source.
    `seeded`: the same frames for the same seed. `motion`: only this kind.
    """

    unseen_people: bool = False
    no_optimisation: bool = False
    seeded: bool = False
    motion: Literal["absolute", "relative"] | None = None


class Protocol(_Part):
    """One protocol, as its YAML file states it.

    `gives` is what a method may see of a driver, besides its first frame: "image" (every frame), "audio", "pose"
    (head rotations). The harness withholds the rest. `asks` is what a method's card must say.
    """

    name: Annotated[str, Field(pattern=_PLAIN)]
    version: Annotated[str, Field(pattern=_PLAIN)]
    summary: str
    data: Literal["feed-mini", "feed-mini-cast", "feed"]
    task: Literal["cross", "self"]
    size_px: Annotated[int, Field(ge=32)]
    crop_scale: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    frames_per_case: Annotated[int, Field(ge=2)]
    embed_every: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    drivers: DriverSelection
    sources: SourceSelection = SourceSelection()
    gives: Annotated[tuple[Literal["image", "audio", "pose"], ...], Field(min_length=0)] = ("image",)
    asks: MethodRequirements = MethodRequirements()
    metrics: _Names

    @property
    def root(self) -> Path | None:
        """Where the data lies that comes with the package; None where the user has it."""
        return EMBEDDED.get(self.data)


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
        return _read_own(Path(name).expanduser())
    if name not in names():
        raise UnknownProtocol(f"{unknown('protocol', name, names())}; a file of your own ends in {_SUFFIX}")
    text = (resources.files("benchmark.protocols") / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    return Protocol.model_validate(yaml.safe_load(text))


def _read_own(path: Path) -> Protocol:
    try:
        content = yaml.safe_load(read_text(path))
        found = Protocol.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownProtocol(f"expected a protocol file but cannot read {path}: {error}") from error
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
        raise BenchmarkError(
            f"expected --data DIR with protocol {protocol.name!r} but got none; use --protocol {twin} for the"
            " rendered feed-mini"
        )
    return protocol
