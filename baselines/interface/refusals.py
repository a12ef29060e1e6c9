"""Why a method cannot do what a protocol asks, and what a reader of its numbers must know."""

from __future__ import annotations

from collections.abc import Collection

from baselines.interface.capabilities import DRIVES, Capabilities


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
