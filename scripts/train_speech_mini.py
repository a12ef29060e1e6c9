"""Train speech-mini, the shipped weights for sound: rendered speech, clips, mouth components, and both networks.

    python -m scripts.train_speech_mini --out run          (again: goes on where it was stopped)

It needs eSpeak NG (the extra voices) and whisper-tiny-en (the extra speech). OUT/test holds held-out voices, which
`scripts.validate_speech_mode` reads.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.takes.speech_set import SpeechSettings, render_speech
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import Speaker, choose_speakers

HEARD: dict[str, tuple[Callable[[], tuple[Speaker, ...]], int]] = {
    "valid": (lambda: choose_speakers(6, part="train", seed=2), 3),  # other people, some of the same voices
    "test": (lambda: choose_speakers(12, part="test"), 2),
}
"""Who speaks besides those that are trained on, and how many clips of each."""
TRAINED_ON = ("rendered speakers of the part train",)
"""As a method's card has it."""
MOUTH_SEEDS, MOUTH_STATES = range(3_000_000, 3_000_008), 60
TEACHER = "emoportraits-mini"
CARD = Path(__file__).resolve().parent.parent / "model" / "weights" / "speech-mini" / "README.md"
"""Written by hand, of what was measured; kept as it is."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Everything that is not there yet; 2 where something is missing or could not be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--people", type=int, default=80, help="to train on (%(default)s)")
    parser.add_argument("--clips", type=int, default=4, help="of each of them (%(default)s)")
    parser.add_argument("--head-steps", type=int, default=2000, help="of the head-motion generator (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        _render(asked.out, asked.people, asked.clips)
        mouth = _mouth(asked.out)
        _train(asked.out, mouth, asked.head_steps)
        print(_folder(asked.out, mouth))
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _render(out: Path, people: int, clips: int) -> None:
    espeak = Espeak.find()
    sets = {"train": (choose_speakers(people, part="train"), clips)} | {n: (who(), m) for n, (who, m) in HEARD.items()}
    for name, (speakers, of_each) in sets.items():
        _speak(out / name, speakers, of_each, espeak)
        _model("speech-clips", "--rendered", out / name, "--out", out / f"{name}-clips", "--model", TEACHER)


def _speak(folder: Path, speakers: Sequence[Speaker], clips: int, espeak: Espeak) -> None:
    settings = SpeechSettings(landmarks=True)
    with ProgressBar(len(speakers) * clips, f"speaking, {folder.name}") as bar:
        render_speech(
            folder, speakers, clips, settings, espeak=espeak, on_clip=lambda clip_id, made: bar.advance(clip_id)
        )


def _mouth(out: Path) -> Path:
    """The file of mouth components."""
    from model.analysis.principal import save_components
    from model.avatar.avatar import load_model
    from model.speech.sources.mouths import mouth_components_of_points

    path = out / "mouth-components.safetensors"
    if not path.is_file():
        found, card = mouth_components_of_points(load_model(TEACHER).eval(), MOUTH_SEEDS, MOUTH_STATES)
        save_components(path, found, card)
    return path


def _train(out: Path, mouth: Path, head_steps: int) -> None:
    clips = ("--clips", out / "train-clips", "--held-out", out / "valid-clips", "--threads", 1)
    _model(
        "train-speech", "--config", "speech_mini", *clips, "--mouth", mouth, "--validate-every", 200,
        "--out", out / "expression-run",
    )  # fmt: skip
    _model(
        "train-head-motion", "--config", "head_motion_mini", *clips, "--steps", head_steps, "--validate-every", 200,
        "--out", out / "head-motion-run",
    )  # fmt: skip


def _folder(out: Path, mouth: Path) -> Path:
    """What is shipped, its card aside: `load_speech` reads it."""
    from model.analysis.principal import load_components
    from model.avatar.avatar import load_model
    from model.speech.driving.speech_model import SpeechModel, save_speech
    from model.speech.expression.encoder import SpeechEncoder
    from model.speech.head_motion.generator import HeadMotion
    from model.speech.sources.shapes import closed_lids

    folder = out / "speech-mini"
    networks = (
        SpeechEncoder.from_pretrained(out / "expression-run" / "export"),
        HeadMotion.from_pretrained(out / "head-motion-run" / "export"),
    )
    card = CARD.read_text(encoding="utf-8")
    for network in networks:
        network.half()
        network.provenance |= {"licence": "Apache-2.0", "trained_on": list(TRAINED_ON)}
    lids = closed_lids(load_model(TEACHER).eval(), MOUTH_SEEDS)
    save_speech(SpeechModel(*networks, *load_components(mouth), lids), folder, card)
    return folder


def _model(*words: object) -> None:
    """Run `python -m model WORDS` here. Raises FeedError where it fails."""
    from model.cli import main as model

    if model([str(word) for word in words]):
        raise FeedError(f"expected `python -m model {words[0]}` to do its work but it failed; see above")


if __name__ == "__main__":
    raise SystemExit(main())
