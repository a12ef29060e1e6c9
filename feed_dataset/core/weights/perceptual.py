"""Entries of LPIPS: three ImageNet networks of torchvision, and the weights that its authors trained on top of each."""

from __future__ import annotations

from feed_dataset.core.weights.sources import PackageMember, Source, Url
from feed_dataset.core.weights.weight import Weight

_LPIPS = "lpips==0.1.4"
_LPIPS_SHA256 = "fd537af5828b69d2e6ffc0a397bd506dbc28ca183543617690844c08e102ec5e"
_PYTORCH = "https://download.pytorch.org/models/"
_SAME_FILE = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-vgg16-lpips.pth"


def _heads(kind: str, sha256: str, size_bytes: int, *mirrors: Source) -> Weight:
    return Weight(
        name=f"lpips-{kind}-heads",
        file_name=f"lpips_v0.1_{kind}.pth",
        purpose=f"weights of the channels in LPIPS 0.1 on {kind}",
        licence="BSD-2-Clause",
        sources=(PackageMember(_LPIPS, f"lpips/weights/v0.1/{kind}.pth", _LPIPS_SHA256), *mirrors),
        sha256=sha256,
        size_bytes=size_bytes,
        enables=(f"lpips[{kind}]",),
        used=True,
    )


def _backbone(name: str, file_name: str, kind: str, sha256: str, size_bytes: int) -> Weight:
    return Weight(
        name=name,
        file_name=file_name,
        purpose=f"the {kind} network of LPIPS (torchvision, ImageNet)",
        licence="BSD-3-Clause (torchvision); trained on ImageNet, whose terms are for research",
        sources=(Url(_PYTORCH + file_name),),
        sha256=sha256,
        size_bytes=size_bytes,
        enables=(f"lpips[{kind}]",),
        used=True,
    )


PERCEPTUAL: tuple[Weight, ...] = (
    _backbone(
        "alexnet",
        "alexnet-owt-7be5be79.pth",
        "alex",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        244408911,
    ),
    _backbone(
        "vgg16",
        "vgg16-397923af.pth",
        "vgg",
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        553433881,
    ),
    _backbone(
        "squeezenet1_1",
        "squeezenet1_1-b8a52dc0.pth",
        "squeeze",
        "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        4958839,
    ),
    _heads("alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0", 6009),
    _heads("vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868", 7289, Url(_SAME_FILE)),
    _heads("squeeze", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76", 10811),
)
