"""What is exactly known about a clip of rendered speech: text, phonemes, face controls and head pose of every frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.npz import open_npz, save_npz
from feed_dataset.synthetic.motion.speech import TimedPhoneme

_FORMAT = 1
_TEXTS = ("speaker", "part", "language", "text", "synthesiser", "recipe")
_ARRAYS = ("coefficients", "head_pose", "head_deg", "gaze_deg")


class SpeechTruthError(FeedError):
    """The truth of a clip is unreadable or not of this version."""


@dataclass(frozen=True, repr=False)
class SpeechTruth:
    """One clip of T frames.

    Args:
        part: "train" or "test": neither voices nor people are in both.
        language: eSpeak's name of it, such as "en-us".
        coefficients: float32 [T, 52], ARKit blendshapes in the order of `coefficient_names`.
        head_pose: float32 [T, 4, 4], neutral head space to world, in dm.
        head_deg: float32 [T, 3] yaw, pitch, roll.
        gaze_deg: float32 [T, 2] yaw, pitch, relative to the head.
        visemes: [T] name of the mouth shape whose phoneme sounds; "sil" in silence.
        phonemes: cover all of the sound, in order of time.
        stresses_s: when stressed syllables begin.
        landmarks_world: float32 [T, 478, 3] dm, in the order of MediaPipe's refined face mesh; None where they were
            not asked for.
        recipe: what made it.
    """

    speaker: str
    part: str
    language: str
    text: str
    fps: float
    coefficients: np.ndarray
    coefficient_names: tuple[str, ...]
    head_pose: np.ndarray
    head_deg: np.ndarray
    gaze_deg: np.ndarray
    visemes: tuple[str, ...]
    phonemes: tuple[TimedPhoneme, ...]
    stresses_s: tuple[float, ...]
    synthesiser: str
    landmarks_world: np.ndarray | None = None
    recipe: str = ""

    def __repr__(self) -> str:
        return f"SpeechTruth({self.speaker}, {len(self)} frames at {self.fps:g} fps, {self.text[:40]!r})"

    def __len__(self) -> int:
        return len(self.coefficients)

    def save(self, path: Path) -> None:
        """Write as a compressed .npz; atomic, deterministic."""
        arrays: dict[str, np.ndarray] = {"format": np.array(_FORMAT), "fps": np.array(self.fps)}
        arrays |= {name: np.array(getattr(self, name)) for name in _TEXTS}
        arrays |= {name: getattr(self, name).astype(np.float32) for name in _ARRAYS}
        arrays |= {
            "coefficient_names": np.array(self.coefficient_names),
            "visemes": np.array(self.visemes),
            "phoneme_names": np.array([one.name for one in self.phonemes]),
            "phoneme_visemes": np.array([one.viseme for one in self.phonemes]),
            "phoneme_spans_s": np.array([(one.start_s, one.end_s) for one in self.phonemes]),
            "stresses_s": np.array(self.stresses_s, np.float64),
        }
        if self.landmarks_world is not None:
            arrays["landmarks_world"] = self.landmarks_world.astype(np.float32)
        save_npz(path, arrays)

    @classmethod
    def load(cls, path: Path) -> SpeechTruth:
        """Read what `save` wrote. Raises SpeechTruthError."""
        try:
            with open_npz(path) as stored:
                return _unpacked({name: stored[name] for name in stored})
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise SpeechTruthError(
                f"expected the truth of a spoken clip in {path} but got: {words_of(error)}"
            ) from error


def speech_recipe_of(path: Path) -> str | None:
    """The recipe of a file without reading the rest; None where there is no readable file."""
    try:
        with open_npz(path) as stored:
            return str(stored["recipe"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _unpacked(arrays: Mapping[str, np.ndarray]) -> SpeechTruth:
    if int(arrays["format"]) != _FORMAT:
        raise ValueError(f"format {int(arrays['format'])} instead of {_FORMAT}; render the speech again")
    rows = zip(arrays["phoneme_names"], arrays["phoneme_spans_s"], arrays["phoneme_visemes"], strict=True)
    return SpeechTruth(
        speaker=str(arrays["speaker"]),
        part=str(arrays["part"]),
        language=str(arrays["language"]),
        text=str(arrays["text"]),
        synthesiser=str(arrays["synthesiser"]),
        recipe=str(arrays["recipe"]),
        coefficients=arrays["coefficients"],
        head_pose=arrays["head_pose"],
        head_deg=arrays["head_deg"],
        gaze_deg=arrays["gaze_deg"],
        fps=float(arrays["fps"]),
        coefficient_names=tuple(map(str, arrays["coefficient_names"])),
        visemes=tuple(map(str, arrays["visemes"])),
        phonemes=tuple(TimedPhoneme(str(n), float(a), float(b), str(v)) for n, (a, b), v in rows),
        stresses_s=tuple(map(float, arrays["stresses_s"])),
        landmarks_world=arrays.get("landmarks_world"),
    )
