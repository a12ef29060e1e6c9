"""Speech weights beside a model's, and what their folder says about them, without loading PyTorch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from baselines.interface.capabilities import UNKNOWN
from baselines.interface.errors import MethodUnavailable
from baselines.reference.weights import Weights, names_of
from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import read_text
from model.networks.errors import ModelError
from model.speech.driving.folder import EXPRESSION_FOLDER, FILES, LIDS_FILE, SHIPPED, shipped_folder, speech_folder

SUBFOLDER = "speech"
"""Where a model folder has speech weights of its own."""
HEARD: Mapping[str, frozenset[str]] = MappingProxyType({"whisper-tiny-en": frozenset({"English"})})
"""By network of features the languages that it was trained on, where they are few."""


@dataclass(frozen=True)
class SpeechWeights:
    """A folder of speech weights that were trained for a model, and the card of its audio encoder.

    Args:
        licence: "unknown" where its card has none.
        trained_on: as a method's card has it; None where it does not say.
        hears: likewise, by the network that made its features.
    """

    folder: Path
    licence: str
    trained_on: frozenset[str] | None
    hears: frozenset[str] | None

    @cached_property
    def sha256(self) -> str:
        """Of every file that is read."""
        found = [self.folder / name for name in (*FILES, LIDS_FILE)]
        together = "".join(file_sha256(path) for path in found if path.is_file())
        return hashlib.sha256(together.encode()).hexdigest()


def find_speech(weights: Weights) -> SpeechWeights | None:
    """Speech weights of a model: those in its folder, else the shipped ones, if they were trained for it.

    Raises:
        MethodUnavailable: the model's folder has some that cannot be used.
    """
    own = weights.folder / SUBFOLDER
    where = own if own.is_dir() else shipped_folder(SHIPPED[0])
    if not where.is_dir():
        return None
    try:
        folder = speech_folder(where)
        card = _card(folder)
    except ModelError as error:
        raise MethodUnavailable(str(error)) from error
    teacher = card.get("teacher_sha256")
    if teacher == weights.sha256:
        licence, trained_on = str(card.get("licence") or UNKNOWN), names_of(card.get("trained_on"))
        return SpeechWeights(folder, licence, trained_on, _languages(card))
    if where == own:
        raise MethodUnavailable(
            f"expected speech weights of {weights.sha256[:12]} in {own} but they were trained for {str(teacher)[:12]}"
        )
    return None


def _languages(card: Mapping[str, Any]) -> frozenset[str] | None:
    """What the network heard in its own training whose features the encoder reads; None: many, or unknown ones."""
    sizes = card.get("sizes")
    features = str(sizes.get("audio_features")) if isinstance(sizes, dict) else ""
    return HEARD.get(features.partition(" ")[0])


def _card(folder: Path) -> dict[str, Any]:
    """What the audio encoder says of itself, such as the digest of the model whose motion encoder it learned from."""
    path = folder / EXPRESSION_FOLDER / "config.json"
    try:
        settings = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"expected settings of an audio encoder in {path} but got: {words_of(error)}") from error
    provenance = settings.get("provenance") if isinstance(settings, dict) else None
    return provenance if isinstance(provenance, dict) else {}
