"""What networks without a reference say of each frame (extra `quality`)."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.features.types.extractor import FACE_NETWORKS, Compute, Extractor, OpenSession, PerFrame


def _loader(name: str) -> Callable[[Compute], OpenSession]:
    def load(compute: Compute) -> OpenSession:
        from benchmark.features.networks import image_quality

        describe = getattr(image_quality, name)(device=compute.device)
        return lambda info: PerFrame(describe)

    return load


def _extractor(
    extractor_id: str,
    network: str,
    preprocessing: str,
    name: str,
    *,
    face: bool = False,
    packages: tuple[str, ...] = ("pyiqa",),
) -> Extractor:
    return Extractor(
        id=extractor_id,
        networks=(*FACE_NETWORKS, network) if face else (network,),
        preprocessing=f"pyiqa 0.1.16, {preprocessing}, float32; 1",
        load=_loader(name),
        thinned=True,
        packages=packages,
    )


TOPIQ = _extractor("topiq[koniq]", "topiq-nr", "native size", "TOPIQ")
TOPIQ_FACE = _extractor("topiq[face]", "topiq-nr-face", "mesh five points to FFHQ 512", "TOPIQ_FACE", face=True)
TOPIQ_AESTHETIC = _extractor("topiq[aesthetic]", "topiq-iaa", "384 px", "TOPIQ_AESTHETIC")
MUSIQ = _extractor("musiq[koniq]", "musiq-koniq", "native size, 224 and 384 px", "MUSIQ")
MUSIQ_MOUTH = _extractor("musiq[mouth]", "musiq-koniq", "lips and 10 px, each by itself", "MUSIQ_MOUTH", face=True)
CLIP_IQA = _extractor(
    "clip-iqa[rn50]",
    "clip-rn50",
    "native size, five pairs of prompts",
    "CLIP_IQA",
    packages=("pyiqa", "pkg_resources"),  # openai-clip, which makes the tokens, imports it
)
EXTRACTORS = (TOPIQ, TOPIQ_FACE, TOPIQ_AESTHETIC, MUSIQ, MUSIQ_MOUTH, CLIP_IQA)  # float32 [T, 1]
