"""Checks before a long training: what it will cost, and whether it goes on exactly after it was stopped."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.training.recipe import M, Recipe, device_of
from model.training.trainer import Trainer

MIB = 1 << 20


@dataclass(frozen=True)
class Cost:
    """Of a training.

    Args:
        parameters: by network.
        weights_mib: weights, their gradients, both moments of AdamW and the average, in float32.
        steps: of the schedule.
        s_per_step: measured; None without a timed step.
        peak_mib: most memory in use: of the GPU, or of the whole process on a CPU; None without a timed step.
    """

    parameters: dict[str, int]
    weights_mib: float
    steps: int
    s_per_step: float | None = None
    peak_mib: float | None = None

    def __str__(self) -> str:
        rows = [f"  {name:<18}{count:>14,}" for name, count in self.parameters.items()]
        lines = ["parameters", *rows, f"weights, gradients, moments, average: {self.weights_mib:,.0f} MiB"]
        lines.append(f"steps: {self.steps:,}")
        if self.s_per_step is not None and self.peak_mib is not None:
            hours = self.steps * self.s_per_step / 3600
            lines.append(f"time: {self.s_per_step:.2f} s a step, {hours:,.1f} h in all")
            lines.append(f"memory: {self.peak_mib:,.0f} MiB at most")
        return "\n".join(lines)


def cost_of(recipe: Recipe[M], timed_steps: int) -> Cost:
    """Sizes, and time and memory of the first steps, which change the recipe's weights.

    Args:
        timed_steps: 0: count only. One more is done before, whose time does not count.
    """
    parameters = {name: count for name, count in recipe.model.parameter_counts().items() if count}
    parameters |= {
        name: sum(p.numel() for p in module.parameters()) for name, module in recipe.modules.items() if name != "model"
    }
    trained = sum(p.numel() for o in recipe.optimisers.values() for group in o.param_groups for p in group["params"])
    average = sum(p.numel() for p in recipe.model.parameters())
    values = sum(parameters.values()) + average + 3 * trained
    weights_mib = 4 * values / MIB
    if not timed_steps:
        return Cost(parameters, weights_mib, recipe.total_steps)
    device = device_of(recipe.model)
    recipe.update(0)
    started = time.perf_counter()
    for step in range(1, timed_steps + 1):
        recipe.update(step)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    s_per_step = (time.perf_counter() - started) / timed_steps
    return Cost(parameters, weights_mib, recipe.total_steps, s_per_step, _peak_mib(device))


def _peak_mib(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


def resume_differences(make: Callable[[], Recipe[M]], folder: Path, steps: int) -> dict[int, list[str]]:
    """Train `steps` steps at once, and again stopped after each of them and gone on with by a new trainer.

    Args:
        make: a new recipe, always the same.
        folder: for checkpoints; has to be empty.
        steps: at least 2, at most the schedule's.

    Returns:
        Step of the stop -> names of weights, moments and averages that are not equal bit for bit.
    """
    straight = Trainer(make(), folder / "straight")
    straight.run(until=steps)
    found = {}
    for stop in range(1, steps):
        place = folder / f"stopped-{stop}"
        Trainer(make(), place).run(until=stop)
        resumed = Trainer(make(), place)
        resumed.run(until=steps)
        found[stop] = differing(straight, resumed)
    return found


def differing(one: Trainer[M], other: Trainer[M]) -> list[str]:
    """Names of weights, moments and averages of two trainings that are not equal bit for bit."""
    return differing_tensors(one.state(), other.state())


def differing_tensors(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> list[str]:
    """Names of tensors of two nested states, such as two checkpoints, that are not equal bit for bit."""
    a, b = dict(_flat("", one)), dict(_flat("", other))
    names = sorted(a.keys() | b.keys())
    return [name for name in names if name not in a or name not in b or not _same_bits(a[name], b[name])]


def _same_bits(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and a.cpu().numpy().tobytes() == b.cpu().numpy().tobytes()


def _flat(prefix: str, values: Mapping[Any, Any]) -> Iterator[tuple[str, Tensor]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, Tensor):
            yield f"{prefix}{name}", value
