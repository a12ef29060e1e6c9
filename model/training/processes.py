"""Several processes that train one model together, as `torchrun` starts them; or one process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed
from torch import Tensor

from model.networks.errors import ModelError

LONGEST_WAIT = timedelta(hours=12)  # for the process that validates


@dataclass(frozen=True)
class Processes:
    """This process among all of a training.

    Args:
        rank: 0 writes and decides.
        count: 1 needs no others and sends nothing.
    """

    rank: int = 0
    count: int = 1

    @property
    def writes(self) -> bool:
        return self.rank == 0

    def mine(self, parts: int) -> range:
        """Which of the parts of a batch this process computes. Raises ModelError unless all have as many."""
        if parts % self.count:
            raise ModelError(
                f"expected as many parts of a batch for each of {self.count} processes but got {parts} in all;"
                " set batch or micro_batch"
            )
        return range(self.rank, parts, self.count)

    def summed(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:  # scalars
        """Sums over all processes."""
        if self.count == 1:
            return dict(values)
        stacked = torch.stack(list(values.values()))
        torch.distributed.all_reduce(stacked)
        return dict(zip(values, stacked.unbind(), strict=True))

    def sum_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Replace gradients by their sums over all processes; all processes have to have the same ones."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        torch.distributed.all_reduce(flat)
        for gradient, values in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(values.view(gradient.shape))

    def agreed(self, yes: bool) -> bool:
        """What the first process says: clocks of several processes never agree."""
        if self.count == 1:
            return yes
        answer = torch.tensor(int(yes), device="cuda" if torch.distributed.get_backend() == "nccl" else "cpu")
        torch.distributed.broadcast(answer, src=0)
        return bool(answer.item())


def started_processes() -> int:
    """How many processes `torchrun` started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def joined(device: str) -> Iterator[tuple[Processes, str]]:
    """This process among those that `torchrun` started, and its device: each process has a GPU of its own.

    Args:
        device: "cpu", "cuda", "cuda:1".
    """
    if started_processes() == 1:
        yield Processes(), device
        return
    on_gpu = device.startswith("cuda")
    if on_gpu:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=LONGEST_WAIT)
    try:
        yield Processes(torch.distributed.get_rank(), torch.distributed.get_world_size()), device
        # While all wait here, gloo's threads let go of the last tensors; one that does so when Python ends aborts it.
        torch.distributed.barrier()
    finally:
        torch.distributed.destroy_process_group()
