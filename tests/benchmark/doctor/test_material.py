"""The bundled clips that the doctor looks at."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.material import CHOICES, load_takes, output_frames
from benchmark.features.toolbox import Toolbox
from tests.benchmark.commands.test_cli import needs_networks


def test_the_bundled_material_is_there_and_sound_goes_with_one_take() -> None:
    from feed_dataset.catalog.catalog import open_catalog

    catalog = open_catalog()
    clips = [catalog.clip(choice.clip) for choice in CHOICES]
    assert [clip.has_audio and choice.every == 1 for clip, choice in zip(clips, CHOICES, strict=True)].count(True) == 1
    for choice, clip in zip(CHOICES, clips, strict=True):
        assert catalog.clip(choice.stranger).subject != clip.subject


def test_real_clips_are_cropped_to_the_face() -> None:
    needs_networks()
    made = load_takes(Toolbox())
    assert [take.frames.shape[1:] for take in made] == [(256, 256, 3)] * len(CHOICES)
    assert all(np.isfinite(take.landmarks_px).all() for take in made)
    frozen = output_frames("frozen-mouth", made[0])
    assert 0 < np.abs(frozen.astype(int) - made[0].frames).mean() < 5
