"""Which people, clips and pictures a protocol takes, as its file says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from benchmark.protocols.part import CorpusName, Names, Part, distinct

Fields = dict[str, Names]
"""By field of a corpus's files ("subject", "view", "task" or one of its own words) some values."""


class DriverSelection(Part):
    """Which clips drive; `cases` of them are chosen, spread over subjects and stems."""

    subjects: Names | None  # None: every subject of the data
    stems: Names
    camera: Literal["C", "L", "R"]
    cases: Annotated[int, Field(ge=1)]


class SourceSelection(Part):
    """What is driven.

    With `subjects`, the first frames of these people and the photographs, balanced: each source equally often, and no
    driver meets a source twice. Without, other subjects of the drivers' clips, and `photo_cases` with a photograph.
    """

    subjects: Names | None = None
    photo_cases: Annotated[int, Field(ge=0)] = 0
    photos: Annotated[tuple[str, ...], AfterValidator(distinct)] = ()

    @model_validator(mode="after")
    def _photos_named(self) -> SourceSelection:
        if self.photo_cases and not self.photos:
            raise ValueError(f"expected photos for {self.photo_cases} photo cases but got none")
        if self.photo_cases and self.subjects is not None:
            raise ValueError("expected no photo_cases beside subjects: photographs are sources like the people")
        return self


class ImagePool(Part):
    """Some pictures of a corpus, chosen by the protocol's seed.

    `where` and `without`: values that fields of a file must and must not have. `people`: "adult-single" takes what
    FFHQ's public labels call one adult. `spread`: fields whose values take turns, the outermost first. `at`: which
    frames of videos are pictures: "middle" is one of each; "strata" cuts each into equal parts and takes one by seed
    from each; None: the files are pictures.
    """

    corpus: CorpusName
    images: Annotated[int, Field(ge=1)]
    where: Fields = {}
    without: Fields = {}
    people: Literal["adult-single"] | None = None
    spread: Annotated[tuple[str, ...], AfterValidator(distinct)] = ()
    at: Literal["middle", "strata"] | None = None

    @model_validator(mode="after")
    def _labels_of_ffhq(self) -> ImagePool:
        if self.people is not None and self.corpus != "ffhq":
            raise ValueError(f"expected people with corpus ffhq, which has public labels, but got {self.corpus}")
        return self


class ImagePairs(Part):
    """Pictures that drive pictures: each source meets `drivers_per_source` drivers, all of which are used equally."""

    sources: ImagePool
    drivers: ImagePool
    drivers_per_source: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _enough(self) -> ImagePairs:
        if self.drivers_per_source > self.drivers.images:
            raise ValueError(
                f"expected at most the {self.drivers.images} drivers for each source but got {self.drivers_per_source}"
            )
        return self


class Sequences(Part):
    """Videos of a corpus that are their own reference, each from its start and no longer than `longest_s`.

    `where`, `without` and `spread` as of pictures. A video that lasts less than `shortest_s` is a failed case: names
    do not say how long a file is.
    """

    corpus: CorpusName
    sequences: Annotated[int, Field(ge=1)]
    where: Fields = {}
    without: Fields = {}
    spread: Annotated[tuple[str, ...], AfterValidator(distinct)] = ()
    shortest_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    longest_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _in_order(self) -> Sequences:
        if self.shortest_s > self.longest_s:
            raise ValueError(f"expected shortest_s up to {self.longest_s:g} but got {self.shortest_s:g}")
        return self


class ViewSelection(Part):
    """Takes that several cameras filmed, each with one side camera as the target.

    The source is the first frame of the other side camera, the driver is what the central camera saw, and the head
    pose is the target's: what should come out is what the target saw at the same moments. `clock`: "files" where the
    cameras' time stamps agree, "audit" where their offsets must be found from sound or motion first.
    """

    subjects: Names | None  # None: every subject of the data
    stems: Names
    targets: Annotated[tuple[Literal["L", "R"], ...], Field(min_length=1), AfterValidator(distinct)] = ("L", "R")
    cases: Annotated[int, Field(ge=1)]
    clock: Literal["files", "audit"]


class MethodRequirements(Part):
    """What a protocol asks of a method's card besides what drives it. A card that leaves it unknown is refused.

    `takes`: it must be driven by these, too; bounds that look at no driver are let through.
    `unseen_people`: not trained on anyone who drives or is driven. `no_optimisation`: not trained on every source.
    `seeded`: the same frames for the same seed. `motion`: only this kind.
    """

    takes: Annotated[tuple[Literal["image", "audio", "pose"], ...], AfterValidator(distinct)] = ()
    unseen_people: bool = False
    no_optimisation: bool = False
    seeded: bool = False
    motion: Literal["absolute", "relative"] | None = None
