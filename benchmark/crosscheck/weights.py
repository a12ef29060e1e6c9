"""Our registry's network files where reference packages look for theirs, so that nothing is downloaded twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights import resolve

FILES = {
    "fid-inception": ("pt_inception-2015-12-05-6726825d.pth",),
    "alexnet": ("alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"),
    "vgg16": ("vgg16-397923af.pth",),
    "squeezenet1_1": ("squeezenet1_1-b8a52dc0.pth", "squeezenet1_1-f364aa15.pth"),
}
"""Names that torch.hub gives the files, by network; torchvision changed some of them."""


@contextmanager
def torch_files() -> Iterator[None]:
    """A folder of torch.hub that has every network of `FILES` that is here."""
    import torch

    before = torch.hub.get_dir()
    with tempfile.TemporaryDirectory(prefix="feed-crosscheck-") as folder:
        checkpoints = Path(folder) / "checkpoints"
        checkpoints.mkdir()
        for network, names in FILES.items():
            with suppress(WeightsUnavailable):
                path = resolve(network, fetch=False)
                for name in names:
                    (checkpoints / name).symlink_to(Path(path).resolve())
        torch.hub.set_dir(folder)
        try:
            yield
        finally:
            torch.hub.set_dir(before)
