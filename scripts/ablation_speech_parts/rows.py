"""Rows of Table 6 at the size and schedule of speech-mini."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from model.analysis.principal import load_components
from model.speech.clips import ClipFolder
from model.speech.expression.encoder import SpeechEncoder
from model.speech.expression.recipe import SpeechRecipe
from model.speech.expression.training_config import SpeechTraining, read_config
from model.training.trainer import Trainer

ROWS = {"full": "speech", "mae": "speech_mae", "no_pca": "speech_no_pca", "entangled": "speech_entangled"}
"""Row -> configuration whose losses, and demands of the teacher, it has."""
MINI = "speech_mini"


@dataclass(frozen=True)
class Material:
    """What a row is trained on.

    Args:
        clips: folder.
        mouth: file of mouth components.
    """

    clips: Path
    mouth: Path


def config_of(row: str, seed: int, steps: int, batch: int) -> SpeechTraining:
    """speech-mini with the weights and the teacher of a row of Table 6, nothing else; latents alone are compared."""
    mini, shipped = read_config(MINI), read_config(ROWS[row])
    rules = replace(mini.rules, disentangled=shipped.rules.disentangled)
    schedule = replace(mini.schedule, steps=steps, batch=batch, seed=seed)
    return replace(mini, losses=shipped.losses, rules=rules, schedule=schedule)


def trained(config: SpeechTraining, material: Material, folder: Path) -> SpeechEncoder:
    """Train a row, or go on with it where it was stopped; the averaged weights."""
    mouth, _ = load_components(material.mouth)
    recipe = SpeechRecipe(config, ClipFolder(material.clips, ("z",)), mouth)
    trainer = Trainer(recipe, folder, save_every_s=120)
    trainer.run()
    return trainer.averaged_model()
