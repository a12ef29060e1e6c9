"""What the speech weights in the package can do, on a held-out voice: six seconds of features, true z and head poses.

`tests/data/golden/held_out_speech.clip.safetensors` is the beginning of a clip of `render-speech --part test`, as
`speech-clips` made it, in half precision.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.networks.emoportraits import EMOPortraits
from model.speech import SpeechModel, load_speech
from model.speech.clips import SpeechClip, read_header
from model.speech.driving.folder import shipped_folder
from model.speech.head_motion.rotation import against, angular_speeds_deg_s, central_frame

HELD_OUT = Path(__file__).parents[1] / "data" / "golden" / "held_out_speech.clip.safetensors"


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return load_speech()


@pytest.fixture(scope="module")
def clip() -> SpeechClip:
    return read_header(HELD_OUT, ("z", "pose")).read()


def true_z(clip: SpeechClip) -> torch.Tensor:
    assert clip.z is not None
    return clip.z


@torch.inference_mode()
def spoken(model: SpeechModel, clip: SpeechClip, features: torch.Tensor) -> torch.Tensor:
    """z along the mouth components, less that of the first frame."""
    z = model.expression(true_z(clip)[:1], features[None])[0]
    return (z - true_z(clip)[:1]) @ model.mouth_directions.T


def test_they_are_small_and_of_the_shipped_model(model: SpeechModel) -> None:
    files = [path for path in shipped_folder("speech-mini").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2e6
    model.check_fits(EMOPortraits.from_preset("emoportraits-mini", pretrained=True))
    assert model.lids is not None


def test_the_clip_is_heard_as_in_training(model: SpeechModel, clip: SpeechClip) -> None:
    assert clip.origin.audio_features == model.expression.config.audio_features and clip.fps == model.fps
    assert clip.origin.teacher_sha256 == model.teacher_sha256


def test_a_held_out_mouth_follows_its_own_sound(model: SpeechModel, clip: SpeechClip) -> None:
    """Less than half as far from the truth as a mouth at rest, or one that hears the same sound two seconds later."""
    truth = (true_z(clip) - true_z(clip)[:1]) @ model.mouth_directions.T
    own, other = (spoken(model, clip, clip.features.roll(shift, 0)) for shift in (0, 50))
    error, still, shifted = ((one - truth).abs().mean().item() for one in (own, torch.zeros_like(truth), other))
    assert error < 0.5 * still and error < 0.5 * shifted
    assert torch.corrcoef(torch.stack([own[:, 0], truth[:, 0]]))[0, 1] > 0.8


def test_it_is_in_time(model: SpeechModel, clip: SpeechClip) -> None:
    truth = (true_z(clip) - true_z(clip)[:1]) @ model.mouth_directions.T
    own = spoken(model, clip, clip.features)
    fits = {late: (own[4:-4] - truth.roll(late, 0)[4:-4]).abs().mean().item() for late in range(-3, 4)}
    assert min(fits, key=lambda late: fits[late]) == 0


def test_a_long_sound_leaves_the_face_within_bounds(model: SpeechModel, clip: SpeechClip) -> None:
    far = spoken(model, clip, clip.features.repeat(20, 1))
    assert far.abs().max() < 2 * spoken(model, clip, clip.features).abs().max()


def test_heads_move_about_as_fast_as_the_true_one(model: SpeechModel, clip: SpeechClip) -> None:
    assert clip.pose is not None
    truth = angular_speeds_deg_s(against(clip.pose, clip.pose[central_frame(clip.pose)]), 25).mean()
    one, other = (model.head_motion.sample(clip.features, seed) for seed in (1, 2))
    assert 0.4 < angular_speeds_deg_s(one, 25).mean() / truth < 2.5
    assert not torch.equal(one, other)
