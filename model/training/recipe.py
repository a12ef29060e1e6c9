"""What a trainer trains: one update at a time, as a pure function of the step and of what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from model.networks.errors import ModelError

DATA_WAIT = "data_wait_s"
"""Among the values of a step: seconds that it waited for its batch."""


class Trained(Protocol):
    """A network that is built from its sizes alone and saved with them, such as EMOPortraits."""

    config: Any
    provenance: dict[str, Any]

    def __init__(self, config: Any) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def parameter_counts(self) -> dict[str, int]:
        """Parameters per network."""
        ...

    def to(self, device: torch.device) -> Self: ...
    def half(self) -> Self: ...
    def eval(self) -> Self: ...
    def save_pretrained(self, save_directory: Path) -> Any: ...


M = TypeVar("M", bound=Trained)
Seen_contra = TypeVar("Seen_contra", bound=Trained, contravariant=True)


def device_of(model: Trained) -> torch.device:
    return next(model.parameters()).device


class Recipe(Protocol[M]):
    """Losses, schedule and optimisers of a run. Everything that changes while training lies in `modules`, `optimisers`.

    Attributes:
        model: what is trained, averaged and exported.
        modules: by name what a checkpoint keeps, the model among them.
        optimisers: by name.
        total_steps: length of the schedule.
        ema_decay: of the exported average of the weights; 0 exports the weights themselves.
    """

    model: M
    modules: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    total_steps: int
    ema_decay: float

    def update(self, step: int) -> dict[str, Tensor]:
        """Do one step, for which nothing is random but by its number; values for the log. Raises NotFinite."""
        ...

    def watch(self, model: M) -> dict[str, float]:
        """Values of a model in evaluation mode for the log of validations."""
        ...

    def settings(self) -> dict[str, Any]:
        """Plain values that decide the result: a run goes on only with the same."""
        ...

    def provenance(self, step: int) -> dict[str, Any]:
        """What stands beside exported weights."""
        ...


@runtime_checkable
class Pictured(Protocol[Seen_contra]):
    """A recipe that can show what a model makes of samples that are not trained on."""

    def pictures(self, model: Seen_contra) -> Tensor:  # [N, 3, 3, S, S] in [0, 1]: source, driver and output
        """The same samples every time, of a model in evaluation mode."""
        ...


class NotFinite(ModelError):
    """A loss or a gradient is NaN or infinite; nothing was changed by it."""


def descend(
    optimiser: torch.optim.Optimizer,
    parameters: Iterable[Tensor],
    terms: Mapping[str, Tensor],  # scalars
    *,
    most_norm: float = float("inf"),
) -> None:
    """One step of the optimiser along the gradients that the parameters have, which it uses up.

    Args:
        parameters: whose gradients are clipped together.
        terms: what the gradients are of, for the check.
        most_norm: gradients are scaled down to this norm.

    Raises:
        NotFinite: names the terms; parameters and optimiser stay as they were.
    """
    values = torch.stack([value.detach().float() for value in terms.values()]).isfinite().tolist()
    bad = [name for name, finite in zip(terms, values, strict=True) if not finite]
    if bad:
        raise NotFinite(f"expected finite losses but got {', '.join(f'{n} {terms[n].item()}' for n in bad)}")
    norm = nn.utils.clip_grad_norm_(parameters, most_norm)
    if not norm.isfinite():
        raise NotFinite(f"expected finite gradients but their norm is {norm.item()}, although every loss is finite")
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
