"""What keeps a method from running on this machine: found without running it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from baselines.interface.capabilities import UNKNOWN, Capabilities
from baselines.interface.versions import admits
from baselines.official.health import Finding
from baselines.official.health import examine as examine_official
from baselines.official.method import OfficialMethod
from feed_dataset.core.jobs.errors import FeedError

if TYPE_CHECKING:
    from baselines.doors.spec import MethodSpec


def examine(spec: MethodSpec, device: str = "cpu") -> list[Finding]:
    """Every condition of one method: its code, weights, versions, device, and what its card leaves open."""
    try:
        method = spec.load()
    except FeedError as error:
        return [Finding("code", "missing", str(error))]
    if isinstance(method, OfficialMethod):
        return [*examine_official(method.adapter), *_open_fields(method.capabilities)]
    card = spec.card()
    found = [Finding("code", "ok", spec.target), _weights(method)]
    if spec.kind == "class":
        found += _versions(card)
    return [*found, _device(card, device), *_open_fields(card)]


def _weights(method: object) -> Finding:
    digest = getattr(method, "weights_sha256", None)
    if digest is None:
        return Finding("weights", "remark", "no digest", "return one in weights_sha256, so that other weights are seen")
    return Finding("weights", "ok", f"sha256 {digest}")


def _versions(card: Capabilities) -> Iterator[Finding]:
    for name, wanted in (("python", card.python), ("torch", card.torch)):
        if wanted is None:
            continue
        try:
            have = platform.python_version() if name == "python" else version(name)
        except PackageNotFoundError:
            yield Finding(name, "missing", f"wants {wanted}, not installed")
            continue
        if admits(wanted, have):
            yield Finding(name, "ok", f"{have}, wants {wanted}")
        else:
            yield Finding(name, "missing", f"{have}, wants {wanted}", "run it as a command of another environment")


def _device(card: Capabilities, device: str) -> Finding:
    if device.partition(":")[0] == "cpu":
        if card.needs_gpu:
            return Finding("device", "missing", "it needs a GPU", "give --device cuda")
        return Finding("device", "ok", "cpu" if card.needs_gpu is False else "cpu; whether that is enough is unknown")
    import torch

    if not torch.cuda.is_available():
        return Finding("device", "missing", f"no {device} that PyTorch sees")
    return Finding("device", "ok", torch.cuda.get_device_name(torch.device(device)))


def _open_fields(card: Capabilities) -> list[Finding]:
    fields = card.unknown()
    if not fields:
        return []
    return [Finding("card", "remark", f"{UNKNOWN}: {', '.join(fields)}", "docs/method-card.md says what that refuses")]
