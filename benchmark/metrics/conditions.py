"""Under which conditions an answer of a metric is known: names, and what is done to an output."""

from __future__ import annotations

from dataclasses import dataclass

TRUTH = "truth"
STILL = "copy-source"
FROZEN_MOUTH = "frozen-mouth"
MIRRORED = "mirrored"
BLURRED = "blurred"
DELAYED = "delayed"
SHUFFLED = "shuffled"
STRANGER = "other-identity"
BLACK = "black"
SOUND_LATER = "sound-later"
SOUND_EARLIER = "sound-earlier"
NO_SOUND = "no-sound"
ISOTROPIC = "isotropic-latents"
COLLAPSED = "collapsed-latents"

SOUND_SHIFT_FRAMES = 3
DELAY_FRAMES = 5


@dataclass(frozen=True)
class Condition:
    """One way to make an output whose score is known or ordered."""

    short: str  # in a sentence: "worse than ..."
    summary: str


CONDITIONS = {
    TRUTH: Condition("ground truth", "the reference video itself as the output"),
    STILL: Condition("copy-source", "the source image all the time"),
    FROZEN_MOUTH: Condition("a frozen mouth", "the reference with the mouth of its first frame"),
    MIRRORED: Condition("the mirrored video", "the reference with left and right exchanged"),
    BLURRED: Condition("the blurred video", "the reference through a Gaussian"),
    DELAYED: Condition("the delayed video", "the reference a few frames later"),
    SHUFFLED: Condition("the shuffled video", "the reference's frames in random order, the first one in place"),
    STRANGER: Condition("another person", "the same take of another person"),
    BLACK: Condition("a black video", "no face and no picture at all"),
    SOUND_LATER: Condition("late sound", f"the reference with its sound {SOUND_SHIFT_FRAMES} frames later"),
    SOUND_EARLIER: Condition("early sound", f"the reference with its sound {SOUND_SHIFT_FRAMES} frames earlier"),
    NO_SOUND: Condition("no sound", "the reference without sound"),
    ISOTROPIC: Condition("isotropic descriptors", "expression descriptors that are independent and normal"),
    COLLAPSED: Condition("collapsed descriptors", "expression descriptors on one line"),
}
