"""Rendered speech for training and for tests: sound, phonemes, face controls and head poses of many speakers.

OUT/SPEAKER/0000.wav      the sound, from the time of the first frame on
OUT/SPEAKER/0000.npz      `SpeechTruth`, written last: a rendering that was killed goes on where it was
OUT/SPEAKER/0000_C.mp4    pictures with the sound, where they were asked for
OUT/speech.json           who is there; written at the end
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import read_text
from feed_dataset.core.media.audio import read_audio, write_wave
from feed_dataset.core.media.types import Audio
from feed_dataset.synthetic.motion.actions import ARKIT_NAMES
from feed_dataset.synthetic.takes.missing import make_missing
from feed_dataset.synthetic.takes.speech_truth import SpeechTruth, speech_recipe_of
from feed_dataset.synthetic.voices.clips import SpokenClip, speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import Speaker

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.rig import HeadRig

INDEX = "speech.json"
VERSION = "2"  # changes whenever the same settings give other clips
OnClip = Callable[[str, bool], None]  # clip id, whether it was made now


@dataclass(frozen=True)
class SpeechSettings:
    """What a clip consists of.

    Args:
        size_px: of pictures; 0 makes none.
        landmarks: of every frame; they take most of the time. With pictures they come anyway.

    Raises:
        ValueError: a value out of its range.
    """

    sentences: int = 2
    fps: int = 25
    landmarks: bool = False
    size_px: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.sentences <= 20:
            raise ValueError(f"expected 1 to 20 sentences in a clip but got {self.sentences}")
        if not 1 <= self.fps <= 120:
            raise ValueError(f"expected 1 to 120 frames a second but got {self.fps}")
        if self.size_px and (not 64 <= self.size_px <= 2048 or self.size_px % 2):
            raise ValueError(f"expected an even size of 64 to 2048 px, or 0 for no pictures, but got {self.size_px}")


@dataclass(frozen=True)
class ClipJob:
    """One clip to make."""

    out: Path
    espeak: Espeak
    speaker: Speaker
    number: int
    settings: SpeechSettings

    @property
    def id(self) -> str:
        return f"{self.speaker.name}/{self.number:04d}"

    @property
    def truth(self) -> Path:
        return self.out / f"{self.id}.npz"

    @property
    def sound(self) -> Path:
        return self.out / f"{self.id}.wav"

    @property
    def pictures(self) -> Path:
        return self.out / f"{self.id}_C.mp4"

    @property
    def recipe(self) -> str:
        about = {"version": VERSION, "clip": self.id, "speaker": asdict(self.speaker), **asdict(self.settings)}
        return json.dumps(about, sort_keys=True)

    def is_done(self) -> bool:
        """Whether all files are there and were made by this recipe."""
        files = [self.sound, *([self.pictures] if self.settings.size_px else [])]
        return all(path.is_file() for path in files) and speech_recipe_of(self.truth) == self.recipe

    def run(self, tools: None) -> None:
        """Say it, move, and write what there is."""
        settings = self.settings
        clip = speak_clip(self.espeak, self.speaker, self.number, sentences=settings.sentences, fps=settings.fps)
        sound = clip.utterance
        with replacing(self.sound) as part:
            write_wave(part, sound.samples, sound.sample_rate_hz)
        landmarks = None
        if settings.size_px:
            from feed_dataset.synthetic.takes.speech_pictures import write_pictures

            landmarks = write_pictures(self.pictures, self.speaker.subject, clip, settings.fps, settings.size_px)
        elif settings.landmarks:
            from feed_dataset.synthetic.takes.speech_pictures import landmarks_of

            landmarks = landmarks_of(self.speaker.subject, clip)
        self._truth(clip, landmarks).save(self.truth)

    def _truth(self, clip: SpokenClip, landmarks: np.ndarray | None) -> SpeechTruth:
        from feed_dataset.synthetic.motion.coupling import with_lids_following

        shown = clip.take.expressions
        rows = [with_lids_following(one.coefficients, one.gaze_deg) for one in shown]
        rig = _rig(self.speaker.subject)
        return SpeechTruth(
            speaker=self.speaker.name,
            part=self.speaker.part,
            language=self.speaker.voice.language,
            text=clip.text,
            fps=float(self.settings.fps),
            coefficients=np.array([[row.get(name, 0.0) for name in ARKIT_NAMES] for row in rows], np.float32),
            coefficient_names=ARKIT_NAMES,
            head_pose=np.stack([rig.bone_matrices(one.head_deg, one.translation_dm)[-1] for one in shown]),
            head_deg=np.array([one.head_deg for one in shown], np.float32),
            gaze_deg=np.array([one.gaze_deg for one in shown], np.float32),
            visemes=clip.take.visemes,
            phonemes=clip.utterance.phonemes,
            stresses_s=clip.stresses_s,
            synthesiser=clip.synthesiser,
            landmarks_world=landmarks,
            recipe=self.recipe,
        )


def render_speech(
    out: Path,
    speakers: Sequence[Speaker],
    clips: int,
    settings: SpeechSettings,
    *,
    espeak: Espeak,
    workers: int = 0,
    on_clip: OnClip = lambda clip_id, made: None,
) -> int:
    """Make every clip that is not there yet; the number made now.

    Args:
        clips: of each speaker.
        workers: processes; 0: all in this one.

    Raises:
        FeedError: a clip cannot be said; or, when all others are done, those whose process died.
    """
    jobs = [ClipJob(out, espeak, speaker, number, settings) for speaker in speakers for number in range(clips)]
    waiting, failed = make_missing(out, jobs, (job.truth for job in jobs), workers=workers, on_made=on_clip)
    if failed:
        raise FeedError(f"expected {waiting} clips to be made but {len(failed)} were not ({'; '.join(failed)})")
    _write_index(out)
    return waiting


@dataclass(frozen=True)
class SpeechClipFiles:
    """One clip of a set on disk."""

    id: str
    sound: Path
    truth_file: Path
    pictures: Path | None

    def audio(self) -> Audio:
        """Mono sound from the time of the first frame on. Raises FeedError."""
        found = read_audio(self.sound)
        if found is None:
            raise FeedError(f"expected sound in {self.sound} but it has none")
        return found

    def truth(self) -> SpeechTruth:
        """Raises SpeechTruthError."""
        return SpeechTruth.load(self.truth_file)


def clips_of(folder: Path) -> tuple[SpeechClipFiles, ...]:
    """The clips of a set, in order of their ids. Raises FeedError where there is no set."""
    try:
        ids = [str(one["id"]) for one in json.loads(read_text(folder / INDEX))["clips"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FeedError(f"expected rendered speech with {INDEX} in {folder} but got: {words_of(error)}") from error
    return tuple(_files(folder, one) for one in ids)


def _files(folder: Path, clip_id: str) -> SpeechClipFiles:
    pictures = folder / f"{clip_id}_C.mp4"
    truth = folder / f"{clip_id}.npz"
    return SpeechClipFiles(clip_id, folder / f"{clip_id}.wav", truth, pictures if pictures.is_file() else None)


def _write_index(out: Path) -> None:
    """Everything that lies below `out`, also of earlier calls."""
    rows = [_row(path, out) for path in sorted(out.glob("*/*.npz"))]
    about = {"version": VERSION, "clips": rows}
    with replacing(out / INDEX) as temporary:
        temporary.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _row(path: Path, out: Path) -> dict[str, object]:
    truth = SpeechTruth.load(path)
    return {
        "id": path.relative_to(out).with_suffix("").as_posix(),
        "part": truth.part,
        "language": truth.language,
        "frames": len(truth),
        "fps": truth.fps,
        "synthesiser": truth.synthesiser,
        "text": truth.text,
    }


@lru_cache(maxsize=4)
def _rig(subject: str) -> HeadRig:
    """Neck and skull of a person, whose turns move its head."""
    from feed_dataset.synthetic.rig.assets import shipped_assets
    from feed_dataset.synthetic.rig.head import neutral_vertices
    from feed_dataset.synthetic.rig.rig import HeadRig
    from feed_dataset.synthetic.takes.write import subject_spec

    spec, assets = subject_spec(subject), shipped_assets()
    neutral = neutral_vertices(assets, spec, np.random.default_rng(spec.seed))
    return HeadRig(assets, neutral, tuple(np.array(spec.ancestry, float) / np.sum(spec.ancestry)))
