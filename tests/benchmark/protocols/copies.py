"""Tiny copies of corpora in their official layouts, of pictures that the stand-in networks see faces in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from benchmark.protocols.protocol import Protocol, load
from tests.benchmark import harness

EMOTIONS = ("angry", "happy", "sad")


def write_ffhq(root: Path, ages: Mapping[int, list[float]], side_px: int = 96) -> Path:
    """Images by number, with the ages of the faces that the labels name."""
    for number, faces in ages.items():
        image = root / "images1024x1024" / "00000" / f"{number:05d}.png"
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(harness.picture(40 + 9 * number, side_px)).save(image)
        labels = root / "json" / f"{number:05d}.json"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text(json.dumps([{"faceAttributes": {"age": age}} for age in faces]))
    return root


def write_mead(root: Path, actors: tuple[str, ...] = ("M003", "W009"), level: int = 3) -> Path:
    """A frontal clip of each emotion for each actor, and one that is neutral."""
    for place, actor in enumerate(actors):
        for index, emotion in enumerate(EMOTIONS):
            clip = root / actor / "video" / "front" / emotion / f"level_{level}" / "001.mp4"
            harness.write_clip(clip, level=20 * place + 11 * index + 30)
        harness.write_clip(root / actor / "video" / "front" / "neutral" / "level_1" / "001.mp4", level=10)
    return root


def adults(count: int) -> dict[int, list[float]]:
    return {number: [30.0] for number in range(count)}


def tiny_pairs(
    sources: int = 3, drivers: int = 4, each: int = 2, name: str = "paper-table3-mead", **changes: Any
) -> Protocol:
    """A shipped protocol of pictures with few of them, on metrics of the networks that are always here."""
    shipped = load(name)
    assert shipped.pairs is not None
    content = shipped.model_dump()
    content["pairs"]["sources"]["images"] = sources
    content["pairs"]["drivers"]["images"] = drivers
    content["pairs"]["drivers_per_source"] = each
    metrics = ("csim[dlib]", "id_l2[dlib]", "apd_deg[mesh468]")
    return Protocol.model_validate(content | {"size_px": 64, "metrics": metrics} | changes)
