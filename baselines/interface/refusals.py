"""Why a method cannot do what a protocol asks on this machine, and what a reader of its numbers must know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from baselines.interface.capabilities import DRIVES, UNKNOWN, Capabilities, Motion
from baselines.interface.versions import admits


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a method before anything runs. The defaults ask nothing beyond one frame for each.

    Args:
        gives: what the protocol hands to a method, of "image", "audio" and "pose".
        takes: what must drive a method that looks at a driver at all.
        needs_latents: the protocol measures nothing but what is computed from z.
        may_optimise: training on every source is allowed.
        motion: the only kind of motion that is allowed; None for any.
        needs_seed: the same seed must give the same frames.
        needs_unseen: the method must not have been trained on `people`.
        people: who drives and who is driven, as "CORPUS/PERSON".
        spoken: the language of each case that is driven by sound alone, as far as the data says it.
        drivers: (frames, of which so many are used, rate) of every driver by name; may be left out where the card has
            neither a rate nor an audio clock, see `reads_drivers`.
        whole_videos: a missing frame at the end is counted instead of failing the case, as with commands.
        device: where it would run: "cpu", "cuda", "cuda:1".
        versions: of "python" and "torch", where its code would run in this interpreter.
    """

    gives: Collection[str]
    takes: Collection[str] = ()
    needs_latents: bool = False
    may_optimise: bool = True
    motion: Motion | None = None
    needs_seed: bool = False
    needs_unseen: bool = False
    people: Collection[str] = ()
    spoken: Sequence[str] = ()
    drivers: Mapping[str, tuple[int, int, Fraction]] = field(default_factory=lambda: MappingProxyType({}))
    whole_videos: bool = False
    device: str = "cpu"
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def reads_drivers(card: Capabilities) -> bool:
    """Whether the drivers' rates and frame counts matter to a card."""
    return card.fps is not None or (card.frame_rule is not None and card.frame_rule.kind == "audio-clock")


def seen_people(card: Capabilities, people: Collection[str]) -> tuple[str, ...] | None:
    """Those of `people` whom the method was trained on; None where nobody knows. Case does not matter."""
    if card.trained_on is None:
        return None
    known = {one.casefold() for one in card.trained_on}
    return tuple(sorted({one for one in people if {one.casefold(), one.casefold().partition("/")[0]} & known}))


def unheard(hears: Collection[str] | None, spoken: Collection[str]) -> tuple[str, ...]:
    """Those of the spoken languages that what a method hears with was not trained on; none where nobody knows.

    Case does not matter.
    """
    if hears is None:
        return ()
    known = {one.casefold() for one in hears}
    return tuple(sorted({one for one in spoken if one.casefold() not in known}))


def refusal(card: Capabilities, asked: Request) -> str | None:
    """Why a method cannot do what is asked, or None."""
    found = (_driven, _allowed, _unseen, _frames, _machine)
    return next((reason for one in found if (reason := one(card, asked)) is not None), None)


def remarks(card: Capabilities, asked: Request, *, size_px: int) -> tuple[str, ...]:
    """What a reader of a method's numbers must know, a sentence without its subject each."""
    found = []
    if card.size_px is not None and card.size_px != size_px:
        found.append(f"works at {card.size_px} px; its frames are scaled to {size_px} px")
    if card.needs_optimisation:
        found.append("is trained on every source before it is driven")
    seen = seen_people(card, asked.people)
    if seen:
        found.append(f"was trained on {len(seen)} of the {len(set(asked.people))} people here: {_some(seen)}")
    foreign = unheard(card.hears, asked.spoken)
    if card.hears is not None and foreign:
        count = sum(one in foreign for one in asked.spoken)
        what = f"{count} of the {len(asked.spoken)} cases are in {_some(foreign)}"
        found.append(f"hears with what was trained on {_some(sorted(card.hears)) or 'no language'} alone; {what}")
    if card.crop == "own":
        found.append("crops again by itself; its frames show another part of the picture than the driver's")
    if card.crop == "whole":
        found.append("is made for pictures with surroundings; it is given square face crops")
    if card.seeded is False:
        found.append("gives other frames each time; its numbers are those of one run")
    if card.parallel_safe is not True and not asked.whole_videos:
        why = "may not" if card.parallel_safe is False else "does not say that it may"
        found.append(f"{why} run twice at once; it makes one case at a time")
    others = sorted({rate for *_, rate in asked.drivers.values() if card.fps is not None and rate != card.fps})
    if others:
        found.append(
            f"works at {card.fps} fps; its frames are shown at the drivers' {_some([str(r) for r in others])} fps"
        )
    if card.lossless is False:
        found.append("hands over videos; a codec has touched its frames before they are judged")
    if card.frame_rule is not None and card.frame_rule.kind == "trims":
        found.append(f"gives no frame for the last {card.frame_rule.tail} of a driver; they count as lost")
    if UNKNOWN in (card.licence.strip().casefold(), (card.weights_licence or "").strip().casefold()):
        found.append("has an unknown licence; ask its authors before its frames are shown to others")
    return tuple(found)


def _driven(card: Capabilities, asked: Request) -> str | None:
    lacking = card.requires - set(asked.gives)
    if lacking:
        return f"needs {_listed(lacking)} to drive it, but the protocol gives {_listed(asked.gives)}"
    if card.drives and not card.drives & set(asked.gives):
        return f"is driven by {_listed(card.drives, 'or')}, but the protocol gives {_listed(asked.gives)}"
    ignored = set(asked.takes) - card.drives
    if card.drives and ignored:
        return f"is not driven by {_listed(ignored)}, which the protocol asks of every method"
    if asked.needs_latents and not card.has_latents:
        return "gives no expression descriptors z, which the protocol measures"
    return None


def _allowed(card: Capabilities, asked: Request) -> str | None:
    if not asked.may_optimise and card.needs_optimisation is not False:
        return _not_allowed(card.needs_optimisation, "is trained on every source", "needs_optimisation=False")
    if asked.motion is not None and card.motion != asked.motion:
        return _not_allowed(card.motion, f"has {card.motion} motion", f"motion={asked.motion!r}")
    if asked.needs_seed and card.seeded is not True:
        return _not_allowed(card.seeded, "gives other frames each time", "seeded=True")
    return None


def _unseen(card: Capabilities, asked: Request) -> str | None:
    if not asked.needs_unseen:
        return None
    seen = seen_people(card, asked.people)
    if seen is None:
        return _not_allowed(None, "", "trained_on=...")
    return f"was trained on {_some(seen)}, whom the protocol tests" if seen else None


def _frames(card: Capabilities, asked: Request) -> str | None:
    rule = card.frame_rule
    if rule is None or rule.kind == "identity":
        return None
    if rule.kind == "trims":
        if asked.whole_videos and not rule.head:
            return None
        return (
            f"gives no frame for the first {rule.head} and the last {rule.tail} of a driver, but every frame is"
            " compared with the driver's; repeat the driver's first and last frame so often before it is driven"
        )
    if "audio" not in asked.gives:
        return f"gives as many frames as the audio lasts, but the protocol gives {_listed(asked.gives)}"
    for name, (count, used, rate) in asked.drivers.items():
        if used < count:
            return (
                f"gives as many frames as the audio lasts, but the protocol uses {used} of the {count} frames of {name}"
            )
        if rate != card.fps:
            return f"gives {card.fps} frames for each second of audio, but {name} has {rate}"
    return None


def _machine(card: Capabilities, asked: Request) -> str | None:
    if card.needs_gpu and asked.device.partition(":")[0] == "cpu":
        return "needs a GPU, but it would run on the CPU; give --device cuda"
    for name, wanted in (("python", card.python), ("torch", card.torch)):
        have = asked.versions.get(name)
        if wanted is not None and have is not None and not admits(wanted, have):
            return (
                f"wants {name} {wanted}, but it would run in this environment with {have}; run it in one of its own, as"
                " a command or with frames:DIR"
            )
    return None


def _not_allowed(value: object, what: str, field_text: str) -> str:
    if value is None:
        return f"has a card that does not say what the protocol asks for; say {field_text} in its capabilities"
    return f"{what}, which the protocol does not allow"


def _some(names: Collection[str]) -> str:
    few = list(names)[:4]
    return ", ".join(few) + (f" and {len(names) - len(few)} more" if len(names) > len(few) else "")


_WORDS = {"image": "image frames", "audio": "audio", "pose": "head poses"}


def _listed(names: Collection[str], last: str = "and") -> str:
    """ "image frames and audio", in one fixed order."""
    words = [_WORDS[name] for name in DRIVES if name in names]
    if not words:
        return "only the source and the first frame"
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
