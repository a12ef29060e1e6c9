"""The published EMOPortraits networks themselves, from a checkout of their repository, to be compared with.

Only the networks of stage 1 that inference runs are used. The repository imports packages and folders that are not
published or that no network needs (face parsing, matting, losses, trackers): those are stood in for. What is needed:
`torchvision`, `einops`, and the checkout.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_STAND_INS = (
    "apex", "ibug", "repos", "losses", "face_alignment", "facenet_pytorch", "mediapipe", "kornia", "skimage",
    "sklearn", "pandas", "matplotlib", "lmdb", "albumentations", "wandb",
)  # fmt: skip
_VOLUME = (96, 16, 64, 64)


class _StandIn(ModuleType):
    """A module that has everything that is asked of it, and can do nothing."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in _STAND_INS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None: ...


class PublishedModel:
    """The published inference path, one picture at a time, as their wrapper goes it.

    Args:
        folder: a checkout of the published repository.

    Raises:
        ModuleNotFoundError: a package is missing.
        FileNotFoundError: the folder is no such checkout.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "models" / "stage_1" / "volumetric_avatar" / "va.py").is_file():
            raise FileNotFoundError(f"expected a checkout of the published repository but {folder} has no stage 1")
        import torchvision

        with _published_imports(folder), open(os.devnull, "w") as nothing, redirect_stdout(nothing):
            self.model: Any = _build(folder).eval()
            self._transform = importlib.import_module("utils.point_transforms").get_transform_matrix
        self.pose_net = torchvision.models.resnet18(num_classes=9).eval()

    def theta(self, image: Tensor) -> Tensor:  # [1, 3, S, S] -> [1, 4, 4]
        small = F.interpolate(image, size=(128, 128), mode="bilinear")
        return self._transform(*self.pose_net(small).split([3, 3, 3], dim=1))

    def expression(self, image: Tensor, theta: Tensor) -> Tensor:  # -> z [1, 128]
        """On two copies of the picture, as published."""
        mask = torch.ones_like(image[:, :1])
        data = {f"{who}_{what}": value for who in ("source", "target")
                for what, value in (("img", image), ("mask", mask), ("theta", theta))}  # fmt: skip
        return self.model.expression_embedder_nw(data, True, False)["target_pose_embed"]

    def embeddings(self, z: Tensor, descriptor: Tensor) -> dict[str, Tensor]:
        """The three that the published code makes; returns the driver's."""
        data = {"source_img": z, "target_img": z, "source_pose_embed": z, "target_pose_embed": z,
                "idt_embed": descriptor}  # fmt: skip
        return self.model.predict_embed(data)[1]

    def warp(self, embedding: dict[str, Tensor], *, of_source: bool) -> Tensor:  # [1, D, V, V, 3]
        network = self.model.xy_generator_nw if of_source else self.model.uv_generator_nw
        return network(embedding)[0]

    def rigid(self, theta: Tensor) -> Tensor:  # [1, 4, 4] -> [1, D, V, V, 3]
        points = self.model.identity_grid_3d.bmm(theta[:, :3].transpose(1, 2))
        return points.view(-1, *_VOLUME[1:], 3)

    def sample(self, volume: Tensor, warp: Tensor) -> Tensor:
        return self.model.grid_sample(volume, warp)

    def decode(self, volume: Tensor, embedding: dict[str, Tensor]) -> Tensor:  # -> [1, 3, S, S]
        flat = volume.reshape(1, -1, *volume.shape[3:])
        return self.model.decoder_nw({}, embedding, flat, False, stage_two=True)[0]

    def local(self, image: Tensor) -> Tensor:  # -> [1, C, D, V, V]
        return self.model.local_encoder_nw(image).view(1, *_VOLUME)

    def canonical(self, volume: Tensor, embedding: dict[str, Tensor]) -> Tensor:
        return self.model.volume_process_nw(volume, embedding)


@contextmanager
def _published_imports(folder: Path) -> Iterator[None]:
    """Their top-level packages, which have names as general as `utils`, are importable in here only."""
    parent, path, finder = folder.resolve().parent, list(sys.path), _Finder()
    before = set(sys.modules)
    alias = ModuleType("EmoPortraits")  # what they call their own folder
    alias.__path__ = [str(folder.resolve())]
    sys.path[:0] = [str(folder.resolve()), str(parent)]
    sys.meta_path.insert(0, finder)
    sys.modules["EmoPortraits"] = alias
    try:
        yield
    finally:
        sys.path[:] = path
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - before:
            if name.split(".")[0] in {"EmoPortraits", "utils", "networks", "models", *_STAND_INS}:
                del sys.modules[name]


def _build(folder: Path) -> nn.Module:
    va: Any = importlib.import_module("models.stage_1.volumetric_avatar.va")
    networks = va.volumetric_avatar
    networks.FaceParsing = networks.HeadPoseRegressor = va.FaceParsingBUG = va.MODNET = MagicMock()
    networks.utils.Face_vector = networks.utils.Face_vector_resnet = MagicMock()
    va.calculate_obj_params = lambda model: None
    import torchvision

    with ExitStack() as patched:
        for name in ("resnet18", "resnet50"):  # without the ImageNet weights, which are overwritten anyway
            build = getattr(torchvision.models, name)
            patched.enter_context(patch.object(torchvision.models, name, lambda *_, build=build, **__: build()))
        arguments = _arguments(folder, va.VolumetricAvatarConfig)
        return va.Model(arguments, training=False)


def _arguments(folder: Path, config: Any) -> argparse.Namespace:
    """What their parser makes of `experiments/args.txt`."""
    line = shlex.split((folder / "experiments" / "args.txt").read_text(encoding="utf-8"))
    # By its path: `datasets` is also the name of a package that everybody has.
    spec = spec_from_file_location("published_pairs", folder / "datasets" / "voxceleb2hq_pairs.py")
    assert spec is not None and spec.loader is not None
    pairs = module_from_spec(spec)
    spec.loader.exec_module(pairs)
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    parser = config.add_argparse_args(pairs.DataModule.add_argparse_args(parser))
    arguments, _ = parser.parse_known_args(line[line.index("--experiment_name") :])
    vars(arguments).update(num_gpus=0, project_dir=str(folder), use_amp_autocast=False)
    return arguments
