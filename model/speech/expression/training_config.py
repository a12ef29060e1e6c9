"""Settings of a training of the audio encoder, read from TOML files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

from feed_dataset.core.jobs.suggestions import unknown
from model.networks.errors import ModelError
from model.speech.expression.config import SpeechConfig
from model.speech.expression.losses import COMPONENTS, PICTURE_TERMS, TERMS, SpeechWeights
from model.training.config_files import check_kinds, read_tables, shipped_in

FROM_CLIPS = ("z_dim", "feature_dim", "fps", "audio_features")
"""Fields of `SpeechConfig` that the clips decide."""


@dataclass(frozen=True)
class SpeechRules:
    """What is asked of the teacher and of the losses.

    Attributes:
        disentangled: the motion encoder whose z the clips hold was trained to keep the head pose out of it (5.1).
        components: n of Eq. 6; 8 in section 9.3.
        gradient_frames: gradients reach so many frames back. The paper does not print that they are cut: 200 is a whole
            clip.
        pictured: frames of each clip that are rendered for the losses on pictures. Not printed: ours.
        at_rest: z of a clip's own first frame stands for the photo, also where training begins later in the clip; a
            clip that begins in silence then shows a face at rest, as a photo does. Not in the paper.
        other_rests: each clip is moved to the first frame of another one, so that z of the photo does not tell which
            clip it is: without it an encoder of few people learns their clips by heart. Not in the paper.
    """

    disentangled: bool = True
    components: int = COMPONENTS
    gradient_frames: int = 200
    pictured: int = 2
    at_rest: bool = False
    other_rests: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)


@dataclass(frozen=True)
class SpeechSchedule:
    """How long, in what batches, on what clips.

    Attributes:
        steps, batch: updates, and clips in each. Not printed in the paper: ours.
        shortest, longest: frames of a clip, drawn anew for every batch (section 9.2).
        lr, lr_min: of AdamW, along a cosine (section 9.3).
        beta1, beta2, weight_decay: of AdamW; not printed: PyTorch's own.
        ema_decay: of the exported average of the weights; not in the paper.
        seed: of everything random.
    """

    steps: int = 100_000
    batch: int = 16
    shortest: int = 50
    longest: int = 200
    lr: float = 1e-4
    lr_min: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.01
    ema_decay: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_kinds(self)
        if not 2 <= self.shortest <= self.longest:
            raise ModelError(
                f"expected clips of at least 2 frames, the longest not below the shortest, but got {self.shortest} to"
                f" {self.longest}"
            )
        for name in ("lr", "lr_min", "beta1", "beta2", "ema_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ModelError(f"expected {name} from 0 to below 1 but got {getattr(self, name)}")


@dataclass(frozen=True)
class SpeechTraining:
    """A whole training.

    Attributes:
        model: sizes of `SpeechConfig`, but for those that the clips decide.
        losses: weights of Eq. 15; 0 leaves a term out.
        rules, schedule: see there.
        without: terms that are left out although their weight is not 0, because networks or pictures are missing.
    """

    model: dict[str, Any] = field(default_factory=dict)
    losses: SpeechWeights = field(default_factory=SpeechWeights)
    rules: SpeechRules = field(default_factory=SpeechRules)
    schedule: SpeechSchedule = field(default_factory=SpeechSchedule)
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        decided = [name for name in FROM_CLIPS if name in self.model]
        if decided:
            raise ModelError(f"expected no {', '.join(decided)} under [model]: the clips decide that")
        self.sizes()
        for name in self.without:
            if name not in TERMS:
                raise ModelError(unknown("term of the loss", name, TERMS))
        if not self.weights():
            raise ModelError("expected a loss with at least one term but every weight is 0 or left out")

    def sizes(self, **from_clips: Any) -> SpeechConfig:
        """Sizes of the encoder for clips of these sizes."""
        return SpeechConfig.from_dict(self.model | from_clips)

    def weights(self) -> dict[str, float]:
        """Weights of the terms that are computed."""
        return {name: w for name, w in asdict(self.losses).items() if w > 0 and name not in self.without}

    def picture_terms(self) -> list[str]:
        """Those that need the generator."""
        return [name for name in PICTURE_TERMS if name in self.weights()]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "without": list(self.without)}


def shipped_configs() -> dict[str, Traversable]:
    """Configurations of this package by name."""
    return shipped_in("model.speech.expression")


def read_config(name: str, *, without: tuple[str, ...] = ()) -> SpeechTraining:
    """A shipped configuration by name, or a TOML file.

    Args:
        name: such as `speech`, or a path that ends in .toml.
        without: terms to leave out besides those that the file leaves out.

    Raises:
        ModelError: no such configuration, or a value that makes no sense; names the key.
    """
    kinds = {"model": dict, "losses": SpeechWeights, "rules": SpeechRules, "schedule": SpeechSchedule}
    parts, left_out = read_tables(name, shipped_configs(), kinds)
    return SpeechTraining(**parts, without=tuple(dict.fromkeys((*left_out, *without))))
