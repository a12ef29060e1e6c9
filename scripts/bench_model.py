"""How long a picture takes, stage by stage, and how far that is from what the machine can do.

    python -m scripts.bench_model                                      # the paper's sizes, the driver's path
    python -m scripts.bench_model --source                             # and what runs once per person (about 4 TFLOP)
    python -m scripts.bench_model --preset emoportraits-mini --frames 8
    python -m scripts.bench_model --device cuda --dtype bfloat16 --compile
    python -m scripts.bench_model --source --published DIR             # against the published code itself
    python -m scripts.bench_model --sound                              # sound to motion instead, without pictures

"published" computes the same stages as the published code does: weights re-parametrised at every call, up-sampling
before normalisation and skip, channels first, the expression network on two copies of the driver. The floor is
FLOPs / measured matrix-product rate. On a CPU the figures are CPU seconds (best of the repetitions; both ways in turn),
which other work on the machine disturbs least. Weights are random: they do not change the time.

With `--published DIR`, a checkout of the published repository (github.com/neeek2303/EMOPortraits; needs torchvision and
einops besides), every network is also compared with the published one: how far off and how much faster, under two sets
of weights (`scripts.compare_published`).
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MethodType

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from feed_dataset.core.jobs.atomic import replacing
from model.networks.config import preset
from model.networks.emoportraits import EMOPortraits
from model.networks.layers import ResBlock2d
from model.networks.warping import rigid_warp, sample_volume
from model.official.keys import origin

FLOOR_SPEED_UP = 1.5
"""Of the driver's path over the published way, on a CPU."""
TARGET_GPU_MS = 10.0
SALTS = ("first", "second")
"""Two sets of weights under which the published code is compared with."""


@dataclass(frozen=True)
class Row:
    """One stage; times per picture."""

    stage: str
    gflop: float
    ours_ms: float
    published_ms: float | None
    floor_ms: float

    @property
    def speed_up(self) -> float | None:
        return None if self.published_ms is None else self.published_ms / self.ours_ms


class Reparametrised(nn.Module):
    """A convolution or linear layer whose weight is computed at every call."""

    def __init__(self, layer: nn.Conv2d | nn.Conv3d | nn.Linear, standardised: bool) -> None:
        super().__init__()
        self.layer, self.standardised = layer, standardised
        layer.weight.data = layer.weight.data.contiguous()
        self.u = torch.randn_like(layer.weight[:, 0].flatten()[: layer.weight.shape[0]])
        self.v = torch.randn_like(layer.weight[0].flatten())

    def forward(self, x: Tensor) -> Tensor:
        weight = self.layer.weight
        if self.standardised:
            centred = weight - weight.mean(dim=tuple(range(1, weight.dim())), keepdim=True)
            std = centred.flatten(1).std(dim=1).view(-1, *[1] * (weight.dim() - 1)) + 1e-5
            weight = centred / std
        else:
            weight = weight / torch.dot(self.u, torch.mv(weight.flatten(1), self.v))
        if isinstance(self.layer, nn.Linear):
            return F.linear(x, weight, self.layer.bias)
        return self.layer._conv_forward(x.contiguous(), weight, self.layer.bias)


def _published_block(self: ResBlock2d, x: Tensor, embedding: Tensor | None = None) -> Tensor:
    extra = () if embedding is None else (embedding,)
    if self.resize == "up":
        x = F.interpolate(x, scale_factor=2.0, mode="nearest")
    out = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x, *extra))), *extra)))
    skip = self.skip(x)
    return F.avg_pool2d(out, 2) + F.avg_pool2d(skip, 2) if self.resize == "down" else out + skip


def published_way(model: EMOPortraits) -> EMOPortraits:
    """A copy that computes its stages as the published code does."""
    model = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        if isinstance(module, ResBlock2d):
            module.forward = MethodType(_published_block, module)  # type: ignore[method-assign]
        if not isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear):
            continue
        module.weight.data = module.weight.data.contiguous()
        kind = "plain" if name.startswith("pose_net") else origin(f"{name}.weight", model.config).kind
        if kind != "plain":
            parent, leaf = name.rsplit(".", 1)
            setattr(model.get_submodule(parent), leaf, Reparametrised(module, kind == "standardised"))
    return model


def stages(model: EMOPortraits, frames: int, with_source: bool, copies: int) -> dict[str, Callable[[], object]]:
    """What is timed. `copies` of the driver go through the expression network."""
    config, device = model.config, model.volume_grid.device
    random = torch.Generator().manual_seed(0)

    def tensor(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random).to(device)

    side, volume_side = config.image_size_px, config.volume_size
    pictures = tensor(frames, 3, side, side)
    pose = model.pose_net(pictures)
    z, descriptor = tensor(frames, config.z_dim), tensor(1, config.embed_channels, config.embed_size, config.embed_size)
    volume = tensor(1, config.volume_channels, config.volume_depth, volume_side, volume_side).to(model.dtype)
    embedding = model.mixer(z, descriptor.expand(frames, -1, -1, -1)).to(model.dtype)
    warp, grid = model.driver_warp(embedding).clone(), rigid_warp(model.volume_grid, pose.theta())
    many = volume.expand(frames, -1, -1, -1, -1)
    moved = sample_volume(sample_volume(many, warp), grid)
    twice = torch.cat([pictures] * copies)
    pose_twice = pose[torch.arange(frames, device=device).repeat(copies)]

    def frame() -> Tensor:
        own = model.pose_net(pictures)
        code = model.motion_encoder(twice, own if copies == 1 else pose_twice)[:frames]
        mixed = model.mixer(code, descriptor.expand(frames, -1, -1, -1)).to(model.dtype)
        place = rigid_warp(model.volume_grid, own.theta())
        return model.decoder(sample_volume(sample_volume(many, model.driver_warp(mixed)), place), mixed)

    timed: dict[str, Callable[[], object]] = {
        "head pose": lambda: model.pose_net(pictures),
        "expression": lambda: model.motion_encoder(twice, pose_twice),
        "mixer": lambda: model.mixer(z, descriptor.expand(frames, -1, -1, -1)),
        "warp": lambda: model.driver_warp(embedding),
        "sampling": lambda: sample_volume(sample_volume(many, warp), grid),
        "decoder": lambda: model.decoder(moved, embedding),
        "frame": frame,
    }
    if with_source:
        one = pictures[:1]
        timed |= {
            "identity": lambda: model.identity_encoder(one),
            "local encoder": lambda: model.local_encoder(one.to(model.dtype)),
            "volume blocks": lambda: model.volume_blocks(volume),
            "3D U-Net": lambda: model.unet(volume),
        }
    return timed


def seconds(call: Callable[[], object], device: torch.device) -> float:
    """CPU seconds of one call, or GPU seconds."""
    if device.type == "cuda":
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        call()
        end.record()
        torch.cuda.synchronize()
        return float(begin.elapsed_time(end)) / 1e3
    start = time.process_time()
    call()
    return time.process_time() - start


def peak_rate(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP per second (per CPU second) of a large matrix product."""
    size = 8192 if device.type == "cuda" else 2048
    a = torch.randn(size, size, device=device, dtype=dtype)
    best = min(seconds(lambda: a @ a, device) for _ in range(6))
    return 2 * size**3 / best


def flops(call: Callable[[], object]) -> float:
    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())


def measure(args: argparse.Namespace) -> tuple[list[Row], float]:
    device, dtype = torch.device(args.device), getattr(torch, args.dtype)
    rate = peak_rate(device, dtype)
    torch.manual_seed(0)
    model = EMOPortraits(preset(args.preset)).to(device).eval()
    published = None if args.no_published else published_way(model)
    model.to_inference(dtype)
    ours = stages(model, args.frames, args.source, 1)
    work = {name: flops(call) for name, call in ours.items()}  # as it is done, hence fewer than published
    if args.compile:
        model.compile_per_frame()
    theirs = {} if published is None else stages(published, 1, args.source, 2)
    rows = []
    for name, call in ours.items():
        per_picture = 1 if name in ("identity", "local encoder", "volume blocks", "3D U-Net") else args.frames
        warm_up = 3 if device.type == "cuda" or args.compile else 1
        for _ in range(warm_up):
            call()
        mine, other = [], []
        for _ in range(args.repeat):  # in turn, so that what disturbs one disturbs the other
            mine.append(seconds(call, device) / per_picture)
            if theirs:
                other.append(seconds(theirs[name], device))
        gflop = work[name] / per_picture / 1e9
        best = min(other) * 1e3 if other else None
        rows.append(Row(name, gflop, min(mine) * 1e3, best, gflop * 1e9 / rate * 1e3))
        print(_line(rows[-1]), flush=True)
    return rows, rate


def _line(row: Row) -> str:
    published = "" if row.published_ms is None else f"{row.published_ms:10.1f} {row.speed_up:7.2f}x"
    over = f"{row.ours_ms / row.floor_ms:7.2f}" if row.floor_ms > 0 else "      -"
    return f"{row.stage:14} {row.gflop:9.2f} {row.ours_ms:10.2f} {row.floor_ms:10.2f} {over} {published}"


def peak_memory_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="emoportraits")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"))
    parser.add_argument("--frames", type=int, default=1, help="driver frames in a batch")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--compile", action="store_true", help="compile what runs per frame (CUDA graphs on a GPU)")
    parser.add_argument("--source", action="store_true", help="also what runs once per person")
    parser.add_argument("--no-published", action="store_true", help="without the published way")
    parser.add_argument("--published", type=Path, metavar="DIR", help="checkout of the published code to compare with")
    parser.add_argument(
        "--sound", action="store_true", help="the speech branch instead, at the mini sizes, on one core"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    if args.sound:
        from scripts.bench_model_parts.sound import report as report_sound

        return 0 if report_sound(60.0, args.repeat) else 1
    if preset(args.preset).warp_basis:
        args.no_published = True  # options of the smaller models have no published form
    device = torch.device(args.device)
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, {args.device},"
          f" {args.dtype}, {args.frames} frames a batch")  # fmt: skip
    print(f"{'stage':14} {'GFLOP':>9} {'ms':>10} {'floor ms':>10} {'over':>7} {'published':>10} {'speed-up':>8}")
    with torch.inference_mode():
        rows, rate = measure(args)
    frame = next(row for row in rows if row.stage == "frame")
    unit = "s" if device.type == "cuda" else "CPU s"
    print(f"matrix product: {rate / 1e9:.0f} GFLOP per {unit}; peak memory {peak_memory_mb(device):.0f} MB")
    failed = False
    if device.type == "cuda":
        print(f"a frame takes {frame.ours_ms:.2f} ms (target: below {TARGET_GPU_MS:.0f} ms on an H100 in bfloat16)")
    elif frame.speed_up is not None:
        failed = frame.speed_up < FLOOR_SPEED_UP
        print(f"the driver's path is {frame.speed_up:.2f} times as fast as the published way here"
              f" (floor {FLOOR_SPEED_UP}): {'MISSED' if failed else 'met'}")  # fmt: skip
    if args.published is None:
        print("skipped: the comparison with the published code itself (--published DIR)")
    else:
        from scripts.compare_published import report

        failed |= not report(args.published, salts=SALTS, repeat=args.repeat, with_source=args.source)
    if args.json:
        record = {"rows": [asdict(row) for row in rows], "rate_flop_per_s": rate, "arguments": vars(args)}
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
