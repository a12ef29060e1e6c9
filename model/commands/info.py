"""`info`: sizes and parameters of a preset or of a folder of weights."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.networks.config import PRESETS
from model.speech.driving.folder import EXPRESSION_FOLDER, HEAD_MOTION_FOLDER, LIDS_FILE, SHIPPED

if TYPE_CHECKING:
    from model.speech import SpeechModel

_SAID = ("licence", "source", "source_sha256", "data", "trained_on", "teacher_sha256", "limits")


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("info", help="sizes and parameters of a preset or a folder of weights")
    names = ", ".join([*sorted(PRESETS), *SHIPPED])
    parser.add_argument(
        "model",
        metavar="MODEL",
        help=f"a folder of a model, an audio encoder, head motion or speech weights, or one of {names}",
    )
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    folder = Path(args.model)
    is_speech = any((folder / part).is_dir() for part in (EXPRESSION_FOLDER, HEAD_MOTION_FOLDER))
    if args.model in SHIPPED or is_speech:
        from model.speech import load_speech

        _tell_speech(load_speech(args.model))
        return 0
    if folder.is_dir():
        from model.networks.checkpoint import CONFIG_FILE, read_sizes

        sizes, provenance = read_sizes(folder / CONFIG_FILE)
        _tell(sizes, provenance)
        return 0
    from model.networks.config import preset

    _tell(preset(args.model).to_dict(), {})
    return 0


def _tell_speech(model: SpeechModel) -> None:
    print(f"speech weights: sound to expression and head pose, for the model {model.teacher_sha256 or 'unknown'}")
    for part in (model.expression, model.head_motion):
        _tell(part.config.to_dict(), part.provenance)
    print(f"mouth components: {len(model.mouth.directions)} of z {len(model.mouth.mean)}")
    print("it blinks" if model.lids is not None else f"it does not blink: {LIDS_FILE} is missing")


def _tell(sizes: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """What a network is, by the names of its sizes."""
    import torch

    from model.networks.config import ModelConfig
    from model.networks.emoportraits import EMOPortraits
    from model.speech.expression.config import SpeechConfig
    from model.speech.expression.encoder import SpeechEncoder
    from model.speech.head_motion.config import HeadMotionConfig
    from model.speech.head_motion.generator import HeadMotion

    network: EMOPortraits | SpeechEncoder | HeadMotion
    with torch.device("meta"):
        if "residual_base" in sizes:
            network = SpeechEncoder(SpeechConfig.from_dict(dict(sizes)))
            print("audio encoder: speech features and z of a first frame to z")
        elif "noise_dim" in sizes:
            network = HeadMotion(HeadMotionConfig.from_dict(dict(sizes)))
            print("head motion: speech features and a seed to head poses")
        else:
            network = EMOPortraits(ModelConfig.from_dict(dict(sizes)))
    counts = network.parameter_counts()
    for name, count in counts.items():
        print(f"{name:18} {count:>12,}")
    print(f"{'total':18} {sum(counts.values()):>12,}")
    print(_size_in_words(network.config))
    for name in _SAID:
        if name in provenance:
            value = provenance[name]
            print(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")


def _size_in_words(config: Any) -> str:
    if hasattr(config, "image_size_px"):
        return (
            f"{config.image_size_px} px, z {config.z_dim}, canonical volume {config.volume_channels} x"
            f" {config.volume_depth} x {config.volume_size} x {config.volume_size}"
        )
    heard = f"{config.feature_dim} features of {config.audio_features}, {config.fps:g} frames/s"
    return f"z {config.z_dim}, {heard}" if hasattr(config, "z_dim") else heard
