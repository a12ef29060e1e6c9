"""Settings of a training of head motion, from TOML files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from model.networks.errors import ModelError
from model.speech.head_motion.config import CriticSizes, HeadMotionConfig
from model.training.config_files import check_kinds, read_tables, shipped_in

FROM_CLIPS = ("feature_dim", "fps", "audio_features")
"""Fields of `HeadMotionConfig` that the clips decide."""


@dataclass(frozen=True)
class MotionWeights:
    """Weights of Eq. 18 and 19. The paper prints none: they are ours."""

    rotation: float = 0.01
    translation: float = 0.01
    smooth: float = 0.01
    adversarial: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise ModelError(f"expected the weight {name} to be a number of at least 0 but got {value!r}")


@dataclass(frozen=True)
class MotionSchedule:
    """How long, and in what batches. Printed in the paper: the penalty's weight and the critics' steps.

    Attributes:
        steps: of the generator.
        batch, clip_frames: windows of a batch, and frames of a window.
        lr, critic_lr, beta1, beta2: of Adam; the values of the paper that WGAN-GP is from (Gulrajani et al. 2017).
            Rates fall to 0 along a line; ours.
        critic_steps: of both critics before each step of the generator.
        penalty: lambda of Eq. 21.
        ema_decay: of the exported average of the generator's weights; ours.
        seed: of everything random.
    """

    steps: int = 20_000
    batch: int = 16
    clip_frames: int = 100
    lr: float = 1e-4
    critic_lr: float = 1e-4
    beta1: float = 0.0
    beta2: float = 0.9
    critic_steps: int = 5
    penalty: float = 10.0
    ema_decay: float = 0.999
    seed: int = 0

    def __post_init__(self) -> None:
        check_kinds(self)
        for name in ("lr", "critic_lr", "beta1", "beta2", "ema_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ModelError(f"expected {name} from 0 to below 1 but got {getattr(self, name)}")
        if not 0 <= self.penalty < float("inf"):
            raise ModelError(f"expected a penalty of at least 0 but got {self.penalty}")


@dataclass(frozen=True)
class HeadMotionTraining:
    """A whole training.

    Attributes:
        model: sizes of `HeadMotionConfig`, but for those that the clips decide.
        critics, losses, schedule: see there.
    """

    model: dict[str, Any] = field(default_factory=dict)
    critics: CriticSizes = field(default_factory=CriticSizes)
    losses: MotionWeights = field(default_factory=MotionWeights)
    schedule: MotionSchedule = field(default_factory=MotionSchedule)

    def __post_init__(self) -> None:
        for name in FROM_CLIPS:
            if name in self.model:
                raise ModelError(f"expected no {name} under [model]: the clips decide it")
        self.sizes()
        if self.schedule.clip_frames < self.critics.patch_frames:
            raise ModelError(
                f"expected windows of at least {self.critics.patch_frames} frames, which the local critic sees, but got"
                f" {self.schedule.clip_frames}"
            )

    def sizes(self, **from_clips: Any) -> HeadMotionConfig:
        """Sizes of the model, with what the clips decide."""
        return HeadMotionConfig.from_dict({**self.model, **from_clips})


def read_config(name: str) -> HeadMotionTraining:
    """A shipped configuration by name (`head_motion`, `head_motion_mini`), or a TOML file; what it lacks is as here.

    Raises:
        ModelError: no such configuration, or a value that makes no sense; names the key.
    """
    kinds = {"model": dict, "critics": CriticSizes, "losses": MotionWeights, "schedule": MotionSchedule}
    tables, left_out = read_tables(name, shipped_in("model.speech.head_motion"), kinds)
    if left_out:
        raise ModelError(f"{name}: expected no 'without': a loss is left out by its weight, 0")
    return HeadMotionTraining(**tables)
