"""What is known about one official repository, as its TOML file says it: every field checked, none ignored."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from baselines.interface.capabilities import Capabilities, Motion, NativeCrop
from baselines.interface.errors import DriveError
from baselines.interface.frame_rule import FrameRule
from baselines.official.calls import InvalidCall, read_call
from baselines.official.placeholders import fields_of
from feed_dataset.core.jobs.errors import FeedError

_HEX = r"^[0-9a-f]{40}$"
_SHA256 = r"^[0-9a-f]{8,64}$"
PATHS = frozenset({"checkout", "checkpoints", "launchers", "work"})
CASE_FIELDS = frozenset({"n", "source", "driver", "frames", "audio", "frame_count", "fps", "side", "seed"})
SPLICES = frozenset({"variant", "device"})
"""Arguments of their own that expand to several: those of the variant, and those of the machine."""

Text = Annotated[str, Field(min_length=1)]


class InvalidAdapter(FeedError):
    """The description of an official repository breaks its own rules."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Weight(_Table):
    """A file that must be there.

    Args:
        path: relative to the folder that `root` names.
        root: "checkpoints", the folder given with --checkpoints, or "checkout".
        prefix: at least one tensor must have a name that begins so, or the repository loads nothing and says nothing.
        address: where it is to be had, when that is not said for all files together. In it, or as a file of it.
        bytes, sha256: where its authors state them; the digest's beginning is enough, as in names of PyTorch's hub.
    """

    path: Text
    root: Literal["checkpoints", "checkout"] = "checkpoints"
    prefix: str | None = None
    address: Text | None = None
    bytes: Annotated[int, Field(gt=0)] | None = None
    sha256: Annotated[str, Field(pattern=_SHA256)] | None = None


class TextFile(_Table):
    """A file that is written into the job folder, such as a list of cases.

    Args:
        path: relative to the job folder.
        head, each, foot: `each` once for every case.
        base: a YAML file of the checkout that the text, YAML too, is laid over, key by key.
    """

    path: Text
    head: str = ""
    each: str = ""
    foot: str = ""
    base: str | None = None


class Inputs(_Table):
    """How inputs are staged in the job folder; `{n}` is the number of the case in its process.

    Args:
        source, driver, frames, audio: paths; None where the repository takes no such input. `frames` is a pattern such
            as "f{n}/{t:06d}.png".
        first_frame: number of the first image of `frames`.
        size_px: side that sources and frames are brought to; None leaves that of the protocol.
        fps: the rate that a driver video says, whatever its own; frame stays frame. None keeps its own.
        loop_source: the source is written as a video that is as long as the driver, under the path `driver`.
        driver_sound: driver videos get a silent sound track.
        resample_fps: `frames` are staged at this rate, each the nearest in time. None keeps them.
        audio_hz: rate of the staged audio; None keeps its own.
        pad_frames: copies of the first and of the last frame (and as much silence) that the repository eats.
        tail_silence_s: silence after the audio, because the repository leaves out its end.
        rewrites: staged inputs that the repository is known to overwrite, of "source", "driver" and "audio".
    """

    source: str | None = None
    driver: str | None = None
    frames: str | None = None
    audio: str | None = None
    first_frame: int = 0
    size_px: Annotated[int, Field(gt=0)] | None = None
    fps: Annotated[int, Field(gt=0)] | None = None
    loop_source: bool = False
    driver_sound: bool = False
    resample_fps: Annotated[int, Field(gt=0)] | None = None
    audio_hz: Annotated[int, Field(gt=0)] | None = None
    pad_frames: tuple[int, int] = (0, 0)
    tail_silence_s: Annotated[float, Field(ge=0)] = 0.0
    rewrites: frozenset[Literal["source", "driver", "audio"]] = frozenset()


class Run(_Table):
    """The process.

    Args:
        command: what follows the interpreter; `{variant}` and `{device}` expand to several arguments.
        script: the file of the checkout that the command starts.
        options_in: where its options stand, if not in the script. style: how, see `arguments.Arguments`.
        launcher: a script of ours in `{launchers}` that the command starts instead, where `script` has no command line
            that makes frames. calls: what it calls in the checkout, see `calls.Call`.
        unit: one process for each "case", or for a "batch" of at most `batch_cases`.
        folders: made in the job folder, which is the working folder. links: names in it that lead elsewhere.
        environment: variables. python_path: folders of the checkout on PYTHONPATH.
        start_s, frame_s: time that a process may take: the first, and the second for each frame.
    """

    command: tuple[Text, ...]
    script: Text
    options_in: tuple[str, ...] = ()
    style: Literal["argparse", "tyro", "hydra"] = "argparse"
    launcher: Text | None = None
    calls: tuple[Text, ...] = ()
    unit: Literal["case", "batch"] = "case"
    batch_cases: Annotated[int, Field(gt=0)] = 1
    folders: tuple[str, ...] = ()
    links: dict[str, str] = {}
    environment: dict[str, str] = {}
    python_path: tuple[str, ...] = ()
    files: tuple[TextFile, ...] = ()
    cpu: tuple[str, ...] | None = None
    cuda: tuple[str, ...] = ()
    start_s: Annotated[float, Field(gt=0)] = 900.0
    frame_s: Annotated[float, Field(ge=0)] = 30.0

    @model_validator(mode="after")
    def _check(self) -> Run:
        if bool(self.calls) != (self.launcher is not None):
            raise ValueError("expected calls with a launcher, and only there")
        try:
            for text in self.calls:
                read_call(text)
        except InvalidCall as error:
            raise ValueError(str(error)) from error
        return self


class Output(_Table):
    """Where the frames are and which belongs to which driver frame.

    Args:
        file: glob of one video, or of the images of one case in natural order (`images`).
        rule: "frame": one for each driver frame; "clock": at `fps`, as many as the audio is long.
        offset_frames: of "clock": floor(seconds * fps + offset_frames) frames come.
        tolerance_frames: of "clock": how many fewer or more are accepted.
        panel: left, top, width and height of the result in a larger picture. picture: size of that whole picture.
        side_px: side of the result; None: that of the input. side_tolerance_px: how far its sides may differ from that.
        recorder: which writer of the repository the lossless frames are taken from; None: it cannot be recorded.
        recorded_file: pattern of the name that it writes, where that is not `file`.
        recorded_batch: how many frames reach the writer together as soon as they are made; None: they come when all
            are made, or it is not known.
    """

    file: Text
    images: bool = False
    rule: Literal["frame", "clock"] = "frame"
    fps: Annotated[float, Field(gt=0)] | None = None
    offset_frames: float = 0.0
    tolerance_frames: Annotated[int, Field(ge=0)] = 0
    panel: tuple[int, int, int, int] | None = None
    picture: tuple[int, int] | None = None
    side_px: Annotated[int, Field(gt=0)] | None = None
    side_tolerance_px: Annotated[int, Field(ge=0)] = 0
    recorder: Literal["imageio", "cv2", "torchvision"] | None = None
    recorded_file: str | None = None
    recorded_batch: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Output:
        if self.recorder is None and (self.recorded_file is not None or self.recorded_batch is not None):
            raise ValueError("expected recorded_file and recorded_batch with a recorder, and only there")
        if (self.rule == "clock") != (self.fps is not None):
            raise ValueError("expected fps with the rule 'clock', and only there")
        if (self.panel is None) != (self.picture is None):
            raise ValueError("expected panel and picture together")
        return self


class Variant(_Table):
    """A way to run it that gives other results, and so has a name of its own.

    Args:
        motion: as in a card; None where audio alone drives.
        joins: motion is absolute and frame by frame: all drivers of one source go through one process as one clip.
    """

    summary: Text
    motion: Motion | None = None
    arguments: tuple[str, ...] = ()
    joins: bool = False


class Environment(_Table):
    """What its code runs in.

    Args:
        python, torch: what its authors ask for, as in a card; None where they do not say.
        tried_python: as "3.11", the version that `requirements` were tried with.
        requirements: a set that was run here; empty where none was.
        shims: the compatibility shims that the set needs.
        modules: what must be importable. programs: what must be on PATH.
        fetches: what its code downloads by itself when it first runs; a machine without a network must have it already.
    """

    python: str | None = None
    torch: str | None = None
    tried_python: str | None = None
    requirements: tuple[str, ...] = ()
    shims: tuple[str, ...] = ()
    modules: tuple[str, ...] = ("torch",)
    programs: tuple[str, ...] = ()
    fetches: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Environment:
        if bool(self.requirements) != (self.tried_python is not None):
            raise ValueError("expected tried_python with requirements, and only there")
        return self


class Adapter(_Table):
    """One official repository.

    Args:
        reason: why it cannot be driven; only `frames:` is open then, and `run`, `inputs` and `output` are left out.
        traps: what its code does that a reader of its numbers must know.
        weights_from: addresses; weights_licence, trained_on, crop, size_px, needs_optimisation: as in a card.
        seeded: its results can be repeated: it draws nothing, or its seed is in the command.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    summary: Text
    paper: Text
    repository: str | None = None
    commit: Annotated[str, Field(pattern=_HEX)] | None = None
    licence: Text
    weights_licence: str | None = None
    weights_from: tuple[str, ...] = ()
    trained_on: frozenset[str] | None = None
    drives: frozenset[Literal["image", "audio", "pose"]]
    requires: frozenset[Literal["image", "audio", "pose"]] = frozenset()
    size_px: Annotated[int, Field(gt=0)] | None = None
    crop: NativeCrop | None = None
    needs_optimisation: bool = False
    seeded: bool | None = None
    version: Annotated[int, Field(ge=1)] = 1
    reason: str | None = None
    traps: tuple[str, ...] = ()
    default: str | None = None
    variants: dict[str, Variant] = {}
    weights: dict[str, Weight] = {}
    environment: Environment | None = None
    run: Run | None = None
    inputs: Inputs | None = None
    output: Output | None = None

    @model_validator(mode="after")
    def _check(self) -> Adapter:
        parts = (self.run, self.inputs, self.output, self.environment)
        if self.reason is not None:
            if any(part is not None for part in parts) or self.variants:
                raise ValueError("expected no run, inputs, output, environment or variants beside a reason")
            return self
        if self.run is None or self.inputs is None or self.output is None or self.environment is None:
            raise ValueError("expected run, inputs, output and environment, or a reason why there are none")
        if self.repository is None or self.commit is None:
            raise ValueError("expected a repository and a commit of what is run")
        if self.default not in self.variants:
            raise ValueError(f"expected default among {sorted(self.variants)} but got {self.default!r}")
        self._check_fields(self.run, self.inputs)
        try:
            for name in self.variants:
                self.card(name)
        except DriveError as error:
            raise ValueError(str(error)) from error
        return self

    def card(self, variant: str) -> Capabilities:
        """The card of one variant. Frames are put in their places here, so its own frame rule is the identity."""
        assert self.run is not None and self.output is not None and self.environment is not None
        return Capabilities(
            drives=self.drives,
            requires=self.requires,
            licence=self.licence,
            weights_licence=self.weights_licence,
            size_px=self.size_px,
            fps=None if self.output.fps is None else Fraction(self.output.fps).limit_denominator(1001),
            crop=self.crop,
            motion=self.variants[variant].motion,
            frame_rule=FrameRule("identity"),
            needs_optimisation=self.needs_optimisation,
            needs_gpu=self.run.cpu is None,
            seeded=self.seeded,
            parallel_safe=True,
            trained_on=self.trained_on,
            python=self.environment.python,
            torch=self.environment.torch,
            paper=self.paper,
            repository=self.repository,
            commit=self.commit,
        )

    def _check_fields(self, run: Run, inputs: Inputs) -> None:
        weights = {f"weights.{name}" for name in self.weights}
        given = {name for name in ("source", "driver", "frames", "audio") if getattr(inputs, name) is not None}
        case = (CASE_FIELDS - {"source", "driver", "frames", "audio"}) | given
        everything = PATHS | weights
        for variant in self.variants.values():
            _only("a variant", variant.arguments, everything | case)
        splices = [part for part in run.command if part in ("{variant}", "{device}")]
        _only("command", [part for part in run.command if part not in splices], everything | case)
        _only("links", run.links.values(), everything)
        _only("environment", run.environment.values(), everything)
        for file in run.files:
            _only("a file", (file.head, file.foot, file.base or ""), everything)
            _only("a file", (file.each,), everything | case)


def _only(where: str, texts: object, allowed: frozenset[str] | set[str]) -> None:
    for text in texts:  # type: ignore[attr-defined]
        extra = sorted(fields_of(text) - allowed)
        if extra:
            raise ValueError(f"expected fields among {sorted(allowed)} in {where} but got {extra[0]} in {text!r}")


def read_adapter(text: str, where: str) -> Adapter:
    """The adapter that TOML describes.

    Raises:
        InvalidAdapter: not TOML, or a field that is missing, unknown or without sense; names it.
    """
    try:
        return Adapter.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidAdapter(f"{where}: expected TOML but {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        reason = re.sub(r"^Value error, ", "", first["msg"])
        raise InvalidAdapter(f"{where}, {place}: {reason} (got {str(first['input'])[:80]!r})") from error
