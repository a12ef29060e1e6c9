"""A method's card: what it can be given, what it gives back, and what a person must know before using it."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Literal, get_args

from baselines.interface.errors import DriveError
from baselines.interface.frame_rule import FrameRule
from baselines.interface.versions import check_versions

DRIVES = ("image", "audio", "pose")
"""What a driver can consist of: frames, audio, head rotations."""

UNKNOWN = "unknown"
"""How a field that nobody stated is shown, and what a licence is called that nobody knows."""

Motion = Literal["absolute", "relative"]
NativeCrop = Literal["face", "own", "whole"]
Shows = Literal["source", "still", "driver"]
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The card of a method. `drives` and `licence` are required; None stands for unknown in every other field.

    docs/own-method.md says what a run does with each field, and what it refuses where one is unknown.

    Args:
        drives: what it can be driven by, of "image", "audio" and "pose"; empty for a method that looks at no driver.
        licence: of its code, as a person should read it; "unknown" where it is not known. Of its weights, too, unless
            `weights_licence` says another.
        weights_licence: of its weights.
        requires: those of `drives` that it cannot do without. Of the others one is enough.
        size_px: side of the frames that it works at inside; None for any. It takes and gives the driver's side.
        fps: frame rate that it works at; None for any. A text such as "30000/1001" is read as a fraction.
        crop: what it is made for: "face": square face crops, as protocols hand them over; "own": it crops again by
            itself and gives that crop; "whole": pictures with surroundings, into which it pastes back.
        motion: "absolute": every frame depends on that driver frame alone; "relative": motion away from the driver's
            first frame.
        frame_rule: which frames come back; a text for a rule without counts.
        lossless: no lossy codec lies between its network and the frames that come back. A class hands over arrays; a
            command may write videos.
        needs_optimisation: it is trained on every source before it can be driven.
        needs_gpu: it does not run on a CPU.
        seeded: with the same seed it gives the same frames.
        parallel_safe: it may run twice at once on one machine.
        shows: "source": the source, moving as the driver does. Bounds: "still", the source without motion; "driver",
            the driver's own frames.
        has_latents: it gives expression descriptors z beside its frames.
        reads_with: networks with which it looks at faces when it is driven, by their names in the weights registry
            where they are there, such as "face-mesh". A metric that judges by one of them is marked in its row.
        hears: languages, such as "English", that what it hears sound with was trained on; None also for any.
        trained_on: corpora, such as "VoxCeleb2", or single people of one, "FEED/S05".
        python, torch: versions that its code wants, as in requirements: ">=3.8,<3.11".
        paper, repository: addresses, or an arXiv id as "arXiv:2404.19110".
        commit: of the repository that was tested: 40 hexadecimal digits.

    Raises:
        DriveError: a field that no method can have.

    Example:
        >>> Capabilities(drives={"image"}, licence="MIT").unknown()[:3]
        ('crop', 'motion', 'frame_rule')
    """

    drives: Set[str]
    licence: str
    weights_licence: str | None = None
    requires: Set[str] = frozenset()
    size_px: int | None = None
    fps: Fraction | None = None
    crop: NativeCrop | None = None
    motion: Motion | None = None
    frame_rule: FrameRule | None = None
    lossless: bool | None = None
    needs_optimisation: bool | None = None
    needs_gpu: bool | None = None
    seeded: bool | None = None
    parallel_safe: bool | None = None
    shows: Shows = "source"
    has_latents: bool = False
    reads_with: Set[str] = frozenset()
    hears: Set[str] | None = None
    trained_on: Set[str] | None = None
    python: str | None = None
    torch: str | None = None
    paper: str | None = None
    repository: str | None = None
    commit: str | None = None

    def __post_init__(self) -> None:
        self._check_drives()
        object.__setattr__(self, "reads_with", _names(self.reads_with, "reads_with", "networks"))
        if self.hears is not None:
            object.__setattr__(self, "hears", _names(self.hears, "hears", "languages"))
        if self.trained_on is not None:
            object.__setattr__(self, "trained_on", _names(self.trained_on, "trained_on", "corpora or people"))
        for name in ("licence", "weights_licence", "python", "torch", "paper", "repository"):
            _check_text(getattr(self, name), name, required=name == "licence")
        for name, allowed in (("crop", get_args(NativeCrop)), ("motion", get_args(Motion))):
            if getattr(self, name) not in (None, *allowed):
                raise DriveError(f"expected {name} among {', '.join(allowed)} but got {getattr(self, name)!r}")
        if self.shows not in get_args(Shows):
            raise DriveError(f"expected shows among {', '.join(get_args(Shows))} but got {self.shows!r}")
        for name in ("lossless", "needs_optimisation", "needs_gpu", "seeded", "parallel_safe"):
            if getattr(self, name) not in (None, True, False):
                raise DriveError(f"expected {name} to be True, False or None but got {getattr(self, name)!r}")
        self._check_numbers()
        for name in ("python", "torch"):
            if getattr(self, name) is not None:
                check_versions(getattr(self, name), name)

    def unknown(self) -> tuple[str, ...]:
        """Names of the fields that nobody stated."""
        optional = ("size_px", "fps", "hears", "weights_licence")  # None means any, and the code's licence
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is None and f.name not in optional)

    def _check_drives(self) -> None:
        for name in ("drives", "requires"):
            value = getattr(self, name)
            known = isinstance(value, Set | list | tuple) and set(value) <= set(DRIVES)
            if not known:
                raise DriveError(f"expected {name} to be a set of {', '.join(DRIVES)} but got {value!r}")
            object.__setattr__(self, name, frozenset(value))
        besides = [name for name in DRIVES if name in self.requires - self.drives]
        if besides:
            raise DriveError(f"expected requires to be among drives but got {', '.join(besides)} besides")

    def _check_numbers(self) -> None:
        if self.size_px is not None and self.size_px < 1:
            raise DriveError(f"expected size_px to be positive or None but got {self.size_px}")
        if self.fps is not None:
            try:
                object.__setattr__(self, "fps", Fraction(self.fps))
            except (TypeError, ValueError, ZeroDivisionError) as error:
                raise DriveError(
                    f"expected fps to be a number or a text such as '30000/1001' but got {error}"
                ) from None
            if self.fps <= 0:
                raise DriveError(f"expected fps to be positive or None but got {self.fps}")
        rule: object = self.frame_rule
        if isinstance(rule, str):
            object.__setattr__(self, "frame_rule", FrameRule(rule))  # type: ignore[arg-type]  # it checks
        elif not isinstance(rule, FrameRule | None):
            raise DriveError(f"expected frame_rule to be a FrameRule or its kind but got {rule!r}")
        if self.frame_rule is not None and self.frame_rule.kind == "audio-clock":
            if "audio" not in self.drives:
                raise DriveError("expected audio among drives with the frame rule 'audio-clock' but it is not there")
            if self.fps is None:
                raise DriveError("expected fps with the frame rule 'audio-clock' but got None")
        if self.commit is not None and not (isinstance(self.commit, str) and _COMMIT.fullmatch(self.commit)):
            raise DriveError(f"expected commit to be 40 hexadecimal digits but got {self.commit!r}")


def _names(value: object, name: str, what: str) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Set | list | tuple):
        raise DriveError(f"expected {name} to be a set of names of {what} but got {value!r}")
    if not all(isinstance(one, str) and one.strip() for one in value):
        raise DriveError(f"expected {name} to be a set of names of {what} but got {value!r}")
    return frozenset(value)


def _check_text(value: object, name: str, *, required: bool) -> None:
    if value is None and not required:
        return
    if not isinstance(value, str) or not value.strip():
        hint = f"write {UNKNOWN!r} where it is not known" if required else "leave it out where it is not known"
        raise DriveError(f"expected {name} as a text but got {value!r}; {hint}")
