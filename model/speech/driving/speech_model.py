"""What drives a portrait by sound: audio encoder, head motion and components of the mouth, in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from feed_dataset.core.jobs.array_store import load_arrays, save_arrays
from feed_dataset.core.jobs.atomic import replacing
from model.analysis.principal import Components, load_components, save_components
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.driving.folder import (
    COMPONENTS_FILE,
    EXPRESSION_FOLDER,
    HEAD_MOTION_FOLDER,
    LIDS_FILE,
    SHIPPED,
    speech_folder,
)
from model.speech.expression.encoder import SpeechEncoder
from model.speech.features import Encoder
from model.speech.head_motion.generator import HeadMotion

_LIDS = "closed-lids"


@dataclass(frozen=True, eq=False, repr=False)
class SpeechModel:
    """All that sound needs to drive a portrait, besides the generator whose motion encoder was the teacher.

    Args:
        expression: E_aud, speech to z.
        head_motion: speech to head poses.
        mouth: components of Z_m; what they span is the mouth, the rest of z the upper face.
        mouth_card: what the components' file says of how they were made.
        lids: what closing the lids adds to z, float32 `[Z]`; None: it does not blink.

    Raises:
        ModelError: parts that were made of other features, at other rates, or for another z.
    """

    expression: SpeechEncoder
    head_motion: HeadMotion
    mouth: Components
    mouth_card: dict[str, Any] | None = None
    lids: Tensor | None = None

    def __post_init__(self) -> None:
        face, head = self.expression.config, self.head_motion.config
        for name in ("audio_features", "feature_dim", "fps"):
            ours, theirs = getattr(face, name), getattr(head, name)
            if ours != theirs:
                raise ModelError(
                    f"expected audio encoder and head motion of the same {name} but got {ours} and {theirs}"
                )
        if len(self.mouth.mean) != face.z_dim:
            raise ModelError(f"expected mouth components of z [{face.z_dim}] but got {self.mouth}")
        if self.lids is not None and (self.lids.shape != (face.z_dim,) or not self.lids.isfinite().all()):
            raise ModelError(f"expected what closes the lids [{face.z_dim}] but got {list(self.lids.shape)}")
        made_of = (self.mouth_card or {}).get("model_sha256")
        if made_of is not None and made_of != self.teacher_sha256:
            raise ModelError(
                f"expected mouth components of the audio encoder's teacher ({_short(self.teacher_sha256)}) but they are"
                f" of {_short(made_of)}"
            )

    def __repr__(self) -> str:
        face = self.expression.config
        return f"SpeechModel({face.audio_features}, z {face.z_dim}, {face.fps:g} fps)"

    @property
    def fps(self) -> float:
        """Frames of motion in a second."""
        return self.expression.config.fps

    @property
    def teacher_sha256(self) -> str | None:
        """Weights whose motion encoder read z; other weights have another z."""
        found = self.expression.provenance.get("teacher_sha256")
        return found if isinstance(found, str) else None

    @cached_property
    def mouth_directions(self) -> Tensor:  # float32 [k, Z], orthonormal
        """What spans the mouth."""
        return torch.from_numpy(self.mouth.directions).float()

    @cached_property
    def ears(self) -> Encoder:
        """The speech network that the weights were trained with, loaded once.

        Raises:
            FeedError: it cannot be had, or its weights or windows are others than those of the training.
        """
        from model.speech.whisper import load_whisper

        said = self.expression.config.audio_features
        found = load_whisper(said.split(" ", 1)[0])
        if found.identity != said:
            raise ModelError(f"expected speech features of {said!r} but this version makes {found.identity!r}")
        return found

    def check_fits(self, generator: EMOPortraits) -> None:
        """Raises ModelError unless the generator's z is what sound was trained to give."""
        wanted, got = self.teacher_sha256, generator.weights_sha256
        if generator.config.z_dim != self.expression.config.z_dim or wanted != got:
            raise ModelError(
                f"expected the model that these speech weights were trained for ({_short(wanted)}) but got"
                f" {_short(got)}: z of one model means nothing to another"
            )


def load_speech(where: str | Path = SHIPPED[0]) -> SpeechModel:
    """Speech weights by name or from a folder.

    A folder holds `expression/` and `head-motion/`, as `train-speech` and `train-head-motion` export them, and
    `mouth-components.safetensors`, as `analyse components` writes it. `closed-lids.safetensors` may be there, too.

    Raises:
        ModelError: nothing there, something missing or damaged, or parts that do not go together.
    """
    folder = speech_folder(where)
    mouth, card = load_components(folder / COMPONENTS_FILE)
    return SpeechModel(
        SpeechEncoder.from_pretrained(folder / EXPRESSION_FOLDER),
        HeadMotion.from_pretrained(folder / HEAD_MOTION_FOLDER),
        mouth,
        card,
        _lids(folder / LIDS_FILE),
    )


def save_speech(model: SpeechModel, folder: Path, card: str) -> None:
    """Write what `load_speech` reads; each file whole or not at all.

    Args:
        card: Markdown for people, kept as README.md.
    """
    model.expression.save_pretrained(folder / EXPRESSION_FOLDER)
    model.head_motion.save_pretrained(folder / HEAD_MOTION_FOLDER)
    save_components(folder / COMPONENTS_FILE, model.mouth, model.mouth_card or {})
    if model.lids is not None:
        save_arrays(folder / LIDS_FILE, {"closed": model.lids.float().numpy()}, {"kind": _LIDS, "version": 1})
    with replacing(folder / "README.md") as part:
        part.write_text(card, encoding="utf-8")


def _lids(path: Path) -> Tensor | None:
    if not path.is_file():
        return None
    found = load_arrays(path)
    if found is None or found[1].get("kind") != _LIDS or "closed" not in found[0]:
        raise ModelError(f"expected what closes the lids in {path} but it is no such file, or damaged")
    return torch.from_numpy(found[0]["closed"]).float()


def _short(sha256: object) -> str:
    return "weights without a digest" if sha256 is None else str(sha256)[:12]
