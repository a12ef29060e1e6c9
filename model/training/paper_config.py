"""Settings of a training as the paper describes it, read from TOML files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

from feed_dataset.core.jobs.suggestions import unknown
from model.networks.config import ModelConfig, preset
from model.networks.errors import ModelError
from model.training.config_files import check_kinds, read_tables, shipped_in
from model.training.losses.adversarial import CHANNELS
from model.training.losses.total import TERMS, LossWeights
from model.training.pairs import MIXTURES, Mixture
from model.training.paper_networks import IMAGE_NETWORKS
from model.training.precision import PRECISIONS, Precision

VARIANTS = ("paper", "published")


@dataclass(frozen=True)
class Rules:
    """Where the paper and the published code differ: "paper" or "published", see docs/model.md.

    Attributes:
        cos: Eq. 5 as printed, or with the margin in positives alone, own negatives and the mismatch as another.
        sdm: weights and margins of Eq. 3 as printed, or those of the code, which also holds z_s constant.
        cv: both volumes of Eq. 2 are trained, or the source's alone.
        latent: gradients of L_cos reach the generator, or the motion encoder alone.
        pose_pairs: the third positive pair of section 5.1, x_{s*m -> d}.
        perceptual: network of L_IN: "vgg19", or "own", which the package brings and which saw rendered heads alone.
        image_scales: halvings of the picture that L_IN compares, the whole one included.
        dis_scales, dis_channels: patch discriminators, and the width of their first block.
    """

    cos: str = "paper"
    sdm: str = "paper"
    cv: str = "paper"
    latent: str = "paper"
    pose_pairs: bool = True
    perceptual: str = "vgg19"
    image_scales: int = 4
    dis_scales: int = 2
    dis_channels: int = CHANNELS

    def __post_init__(self) -> None:
        for name in ("cos", "sdm", "cv", "latent"):
            if getattr(self, name) not in VARIANTS:
                raise ModelError(f"expected {name} to be 'paper' or 'published' but got {getattr(self, name)!r}")
        if self.perceptual not in IMAGE_NETWORKS:
            raise ModelError(unknown("network of the image term", self.perceptual, IMAGE_NETWORKS))
        check_kinds(self)


@dataclass(frozen=True)
class Schedule:
    """How long, in what batches, from what data.

    Attributes:
        steps, batch: 250,000 iterations of 16 pairs (section 8.2).
        micro_batch: pairs computed together, 2 as on each GPU of the paper: L_cos has its negatives among them.
            The gradients of a batch's parts are averaged, so that a batch needs the memory of a part.
        mixture: "paper": 75 % of the ordinary corpus, 25 % of the extreme one; "ordinary" or "extreme" alone.
        lr, lr_min: of AdamW, along a cosine (section 8.3).
        dis_lr_min: where the discriminator's rate ends. The paper speaks of one rate: this is the published code's.
        beta1, beta2, weight_decay: of AdamW; not printed in the paper, these are the published code's.
        ema_decay: of the exported average of the weights; neither the paper nor the published code has one: 0.
        fine_tune: starts from trained weights, which have to be given.
        seed: of everything random.
        precision: "float32", or "bfloat16" for the heavy networks on a GPU.
    """

    steps: int = 250_000
    batch: int = 16
    micro_batch: int = 2
    mixture: Mixture = "paper"
    lr: float = 2e-4
    lr_min: float = 1e-6
    dis_lr_min: float = 4e-6
    beta1: float = 0.5
    beta2: float = 0.999
    weight_decay: float = 0.01
    ema_decay: float = 0.0
    fine_tune: bool = False
    seed: int = 0
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.mixture not in MIXTURES:
            raise ModelError(unknown("mixture", self.mixture, MIXTURES))
        if self.precision not in PRECISIONS:
            raise ModelError(unknown("precision", self.precision, PRECISIONS))
        if self.micro_batch < 2 or self.batch % self.micro_batch or (self.mixture == "paper" and self.micro_batch % 2):
            raise ModelError(
                f"expected a batch of parts of at least 2 pairs, even for the mixture 'paper', but got {self.batch} in"
                f" parts of {self.micro_batch}"
            )
        for name, below in (("lr", 1), ("lr_min", 1), ("dis_lr_min", 1), ("beta1", 1), ("beta2", 1), ("ema_decay", 1)):
            if not 0 <= getattr(self, name) < below:
                raise ModelError(f"expected {name} from 0 to below {below} but got {getattr(self, name)}")


@dataclass(frozen=True)
class PaperConfig:
    """A whole training.

    Attributes:
        model: `preset`, and sizes of `ModelConfig` that replace the preset's.
        losses: weights of Eq. 7 to 11; 0 leaves a term out.
        rules, schedule: see there.
        without: terms that are left out although their weight is not 0, because a network or labels are missing.
    """

    model: dict[str, Any]
    losses: LossWeights = field(default_factory=LossWeights)
    rules: Rules = field(default_factory=Rules)
    schedule: Schedule = field(default_factory=Schedule)
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.sizes()
        for name in self.without:
            if name not in TERMS:
                raise ModelError(unknown("term of the loss", name, TERMS))
        if not self.weights():
            raise ModelError("expected a loss with at least one term but every weight is 0 or left out")

    def sizes(self) -> ModelConfig:
        """Sizes of the model."""
        changes = {name: value for name, value in self.model.items() if name != "preset"}
        return ModelConfig.from_dict(preset(str(self.model.get("preset"))).to_dict() | changes)

    def weights(self) -> dict[str, float]:
        """Weights of the terms that are computed."""
        return {name: w for name, w in asdict(self.losses).items() if w > 0 and name not in self.without}

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "without": list(self.without)}


def shipped_configs() -> dict[str, Traversable]:
    """Configurations of this package by name."""
    return shipped_in("model.training")


def read_config(name: str, *, without: tuple[str, ...] = ()) -> PaperConfig:
    """A shipped configuration by name, or a TOML file.

    Args:
        name: such as `emoportraits`, or a path that ends in .toml.
        without: terms to leave out besides those that the file leaves out.

    Raises:
        ModelError: no such configuration, or a value that makes no sense; names the key.
    """
    kinds = {"model": dict, "losses": LossWeights, "rules": Rules, "schedule": Schedule}
    parts, left_out = read_tables(name, shipped_configs(), kinds)
    if "model" not in parts:
        raise ModelError(f"{name}: expected a table [model] with a preset but it has none")
    return PaperConfig(**parts, without=tuple(dict.fromkeys((*left_out, *without))))
