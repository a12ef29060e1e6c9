"""z of a clip's frames, and what the teacher's card says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import SUFFIX, ClipFolder, Origin, SpeechClip, write_clip
from model.speech.teacher import keeps_pose_out, teacher_clip


def made(teacher: EMOPortraits, frames: int = 11, **options: Any) -> SpeechClip:
    crops = torch.randint(0, 256, (frames, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    said = {"person": "a", "fps": 25, "audio_features": "whisper-tiny-en", "disentangled": True}
    return teacher_clip(teacher, crops, torch.zeros(11, 5), **{**said, **options})


def test_z_is_what_the_motion_encoder_reads(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    tiny_model.weights_sha256 = "ab"
    clip = made(tiny_model, keep_frames=True)
    assert clip.frames is not None and clip.z is not None
    with torch.inference_mode():
        _, z = tiny_model.read_motion(clip.frames[8:9].movedim(-1, 1).float() / 255)
    torch.testing.assert_close(clip.z[8:9], z, atol=1e-5, rtol=1e-4)
    assert clip.origin == Origin("whisper-tiny-en", "ab", True)
    write_clip(tmp_path / f"a{SUFFIX}", clip)
    assert torch.equal(ClipFolder(tmp_path, ("z", "frames")).clips[0].pictures([3])[0], clip.frames[3])


def test_the_card_says_whether_the_pose_is_in_z(tiny_model: EMOPortraits, tiny_point_model: EMOPortraits) -> None:
    assert keeps_pose_out(tiny_point_model) is True and keeps_pose_out(tiny_model) is None
    for value in (True, False):
        tiny_model.provenance = {"rules": {"pose_pairs": value}}
        assert keeps_pose_out(tiny_model) is value
        assert made(tiny_model, disentangled=None).origin.disentangled is value


def test_what_does_not_fit_is_refused(tiny_model: EMOPortraits) -> None:
    with pytest.raises(ModelError, match="the teacher's card is silent"):
        made(tiny_model, disentangled=None)
    with pytest.raises(ModelError, match="expected features of each of 3 frames but got 11"):
        made(tiny_model, frames=3)
    with pytest.raises(ModelError, match=r"expected crops uint8 \[T, 32, 32, 3\]"):
        teacher_clip(tiny_model, torch.zeros(2, 3, 32, 32), torch.zeros(2, 5), person="a", fps=25, audio_features="w")
    tiny_model.provenance = {"rules": {"pose_pairs": False}}
    with pytest.raises(ModelError, match="expected what the teacher's card says"):
        made(tiny_model)
