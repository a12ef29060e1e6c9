"""The bundled clips that the doctor looks at, and what a condition makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.doctor.material import CHOICES, doctor_plan
from benchmark.engine.networks import acquire
from benchmark.engine.outputs import CaseInputs
from benchmark.engine.tools import Tools
from benchmark.features.types.extractor import Compute
from benchmark.metrics.conditions import FROZEN_MOUTH, TRUTH
from feed_dataset.catalog.catalog import open_catalog
from tests.benchmark.commands.test_cli import needs_networks


def test_the_bundled_material_is_there_and_audio_goes_with_one_take() -> None:
    catalog = open_catalog()
    clips = [catalog.clip(choice.clip) for choice in CHOICES]
    assert [clip.has_audio and choice.every == 1 for clip, choice in zip(clips, CHOICES, strict=True)].count(True) == 1
    for choice, clip in zip(CHOICES, clips, strict=True):
        assert catalog.clip(choice.stranger).subject != clip.subject


def test_real_clips_are_cropped_to_the_face_and_altered(tmp_path: Path) -> None:
    needs_networks()
    networks, tools = acquire((), fetch=False, announce=print), Tools()
    plans = {one: doctor_plan(one, (), networks, tmp_path, Compute()) for one in (TRUTH, FROZEN_MOUTH)}
    case = plans[TRUTH].cases[0]
    assert case.driver is not None
    driver = case.driver.load(tools.models)
    assert (driver.height_px, driver.width_px, driver.is_whole) == (256, 256, True)
    inputs = CaseInputs(case.id, driver.first(), driver, "no sound stream")
    truth, frozen = (
        np.stack(list(plan.methods[0].output.make(inputs, tools).frames.read())).astype(int) for plan in plans.values()
    )
    assert 0 < np.abs(frozen - truth).mean() < 5
