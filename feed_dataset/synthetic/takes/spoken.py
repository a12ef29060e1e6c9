"""Takes of rendered speakers: a sentence of a voice of eSpeak NG, in the files of every other take."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from feed_dataset.synthetic.motion.timeline import Take
from feed_dataset.synthetic.takes.settings import VERSION
from feed_dataset.synthetic.takes.speech_set import VERSION as SPEECH_VERSION
from feed_dataset.synthetic.takes.write import TakeJob
from feed_dataset.synthetic.voices.clips import SpokenClip, speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import Speaker

if TYPE_CHECKING:
    from feed_dataset.synthetic.people.subjects import SubjectSpec


@dataclass(frozen=True, kw_only=True)
class SpokenTakeJob(TakeJob):
    """A take of stem "speech" with the sound and the motion of a clip of `render-speech`.

    Its length is the sentence's; the settings' `frame_count` and `seed` say nothing here.

    Args:
        speaker: whose voice, and whose face (`subject`).
        number: of the speaker's clip.
        espeak: what says it; the installed one by default.
    """

    speaker: Speaker
    number: int
    sentences: int = 1
    espeak: Espeak | None = None

    def described(self) -> dict[str, Any]:
        """The settings that say something here."""
        content = self.settings.described()
        del content["frame_count"], content["seed"]
        return content

    @property
    def recipe(self) -> str:
        spoken = {"speech": SPEECH_VERSION, "number": self.number, "sentences": self.sentences}
        about = {"version": VERSION, "take": self.id, "speaker": asdict(self.speaker), **spoken, **self.described()}
        return json.dumps(about, sort_keys=True)

    def clip(self) -> SpokenClip:
        """What is said and done. Raises EspeakError, EspeakUnavailable."""
        espeak = self.espeak or Espeak.find()
        return speak_clip(espeak, self.speaker, self.number, sentences=self.sentences, fps=self.settings.fps)

    def take(self, spec: SubjectSpec) -> Take:
        return self.clip().take
