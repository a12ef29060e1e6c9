"""What a method can be given and gives back, and why it cannot do what a protocol asks."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from baselines.interface.errors import DriveError

DRIVES = ("image", "audio", "pose")
"""What a driver can consist of: frames, audio, head rotations."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a method can be given, and what a person must know before using it.

    Args:
        drives: what it can be driven by, of "image", "audio" and "pose"; empty for a method that looks at no driver.
        licence: of its code and weights, as a person should read it.
        requires: those of `drives` that it cannot do without. Of the others one is enough.
        size_px: side of the frames that it works at inside; None for any. It takes and gives the driver's side.
        needs_optimisation: it is trained on every source before it can be driven.
        has_latents: it gives expression descriptors z beside its frames.
        reads_with: networks with which it looks at faces when it is driven, by their names in the weights registry
            where they are there, such as "face-mesh". A metric that judges by one of them is marked in its row.

    Raises:
        DriveError: a field that no method can have.
    """

    drives: Set[str]
    licence: str
    requires: Set[str] = frozenset()
    size_px: int | None = None
    needs_optimisation: bool = False
    has_latents: bool = False
    reads_with: Set[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("drives", "requires"):
            value = getattr(self, name)
            unknown = [value] if isinstance(value, str) else sorted(set(value) - set(DRIVES))
            if unknown:
                raise DriveError(f"expected {name} to be a set of {', '.join(DRIVES)} but got {', '.join(unknown)}")
            object.__setattr__(self, name, frozenset(value))
        names: object = self.reads_with
        if isinstance(names, str) or not all(isinstance(name, str) and name.strip() for name in self.reads_with):
            raise DriveError(f"expected reads_with to be a set of names of networks but got {names!r}")
        object.__setattr__(self, "reads_with", frozenset(self.reads_with))
        if not self.requires <= self.drives:
            raise DriveError(
                f"expected requires to be among drives but got {_listed(self.requires - self.drives)} besides"
            )
        if not self.licence.strip():
            raise DriveError("expected a licence but got an empty text; write 'unknown' where it is not known")
        if self.size_px is not None and self.size_px < 1:
            raise DriveError(f"expected size_px to be positive or None but got {self.size_px}")


def refusal(
    capabilities: Capabilities,
    *,
    gives: Collection[str],
    needs_latents: bool = False,
    may_optimise: bool = True,
) -> str | None:
    """Why a method cannot do what a protocol asks, or None. Asked before anything runs.

    Args:
        gives: what the protocol hands to a method, of "image", "audio" and "pose".
        needs_latents: the protocol measures nothing but what is computed from z.
        may_optimise: training on every source is allowed.
    """
    lacking = capabilities.requires - set(gives)
    if lacking:
        return f"needs {_listed(lacking)} to drive it, but the protocol gives {_listed(gives)}"
    if capabilities.drives and not capabilities.drives & set(gives):
        return f"is driven by {_listed(capabilities.drives, 'or')}, but the protocol gives {_listed(gives)}"
    if needs_latents and not capabilities.has_latents:
        return "gives no expression descriptors z, which the protocol measures"
    if capabilities.needs_optimisation and not may_optimise:
        return "is trained on every source, which the protocol does not allow"
    return None


def remarks(capabilities: Capabilities, *, size_px: int) -> tuple[str, ...]:
    """What a reader of a method's numbers must know: its own side, and training on every source."""
    found = []
    if capabilities.size_px is not None and capabilities.size_px != size_px:
        found.append(f"works at {capabilities.size_px} px; its frames are scaled to {size_px} px")
    if capabilities.needs_optimisation:
        found.append("is trained on every source before it is driven")
    return tuple(found)


_WORDS = {"image": "image frames", "audio": "audio", "pose": "head poses"}


def _listed(names: Collection[str], last: str = "and") -> str:
    """ "image frames and audio", in one fixed order."""
    words = [_WORDS[name] for name in DRIVES if name in names]
    if not words:
        return "only the source and the first frame"
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
