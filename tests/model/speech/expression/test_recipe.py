"""Training of the audio encoder: it learns what the sound tells, goes on exactly, and says what it lacks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.analysis.principal import Components
from model.networks.errors import ModelError
from model.speech.clips import ClipFolder, Origin
from model.speech.expression.batches import ClipSampler
from model.speech.expression.encoder import SpeechEncoder
from model.speech.expression.losses import SpeechWeights
from model.speech.expression.recipe import SpeechRecipe
from model.speech.expression.training_config import SpeechRules, SpeechSchedule, SpeechTraining
from model.training.checks import cost_of, resume_differences
from model.training.trainer import Trainer
from tests.model.speech.expression.conftest import MOUTH, ORIGIN, Z

LATENT = SpeechWeights(l1=0, face=0, bce=0, lips=0)


def training(weights: SpeechWeights = LATENT, rules: dict[str, Any] | None = None, **schedule: Any) -> SpeechTraining:
    return SpeechTraining(
        {"width": 16, "layers": 2, "residual_base": True},
        weights,
        SpeechRules(**({"components": MOUTH} | (rules or {}))),
        SpeechSchedule(**({"steps": 6, "batch": 3, "shortest": 4, "longest": 9} | schedule)),
    )


@pytest.mark.usefixtures("one_thread")
def test_it_learns_what_the_sound_tells(mouth: Components, make_clips: Callable[..., Path], tmp_path: Path) -> None:
    """Of people whom it never saw: far better than any base alone, which cannot move."""
    clips = ClipFolder(make_clips("many", range(64), frames=12), ("z",))
    held_out = ClipFolder(make_clips("others", range(100, 108)), ("z",))
    config = training(steps=150, batch=8, shortest=6, longest=12, lr=1e-2)
    trainer = Trainer(SpeechRecipe(config, clips, mouth, held_out), tmp_path / "run")
    trainer.run()
    values = json.loads((tmp_path / "run" / "validation.jsonl").read_text())
    base_alone = []
    for number in range(len(held_out)):
        z = held_out.read(number).z[1:, :MOUTH]  # type: ignore[index]
        base_alone.append((z - z.median(dim=0).values).abs().mean().item())
    assert values["mouth"] < 0.6 * sum(base_alone) / len(base_alone) < values["still_mouth"]
    assert values["shuffled_mouth"] > 1.5 * values["mouth"]
    encoder = SpeechEncoder.from_pretrained(tmp_path / "run" / "export")
    assert encoder.config.z_dim == Z and encoder.config.audio_features == "whisper-tiny-en"
    assert encoder.provenance["people"] == 64 and encoder.provenance["losses"] == {"pca": 200.0, "vtr": 5.0}


@pytest.mark.usefixtures("one_thread")
def test_stopped_after_any_step_a_run_ends_with_the_same_bits(
    clips: ClipFolder, mouth: Components, tmp_path: Path
) -> None:
    config = training(ema_decay=0.9)
    assert resume_differences(lambda: SpeechRecipe(config, clips, mouth), tmp_path, steps=3) == {1: [], 2: []}


def test_batches_are_functions_of_seed_and_step(clips: ClipFolder) -> None:
    sampler = ClipSampler(clips, 3, 4, 9, 0, seed=0)
    lengths = {sampler.at(step).z.shape[1] for step in range(40)}
    assert lengths == set(range(4, 10))
    one, again, other = sampler.at(5), sampler.at(5), dataclasses.replace(sampler, seed=1).at(5)
    assert torch.equal(one.z, again.z) and torch.equal(one.features, again.features)
    assert one.z.shape != other.z.shape or not torch.equal(one.z, other.z)


def test_a_batch_is_as_long_as_the_clips_that_there_are(clips: ClipFolder) -> None:
    sampler = ClipSampler(clips, 2, 30, 200, 0, seed=0)
    assert {sampler.at(step).z.shape[1] for step in range(60)} == set(range(30, 41))
    with pytest.raises(ModelError, match="expected clips of at least 50 frames but the longest has 40"):
        ClipSampler(clips, 2, 50, 200, 0, seed=0)


def test_a_photo_at_rest_and_the_rests_of_others(clips: ClipFolder) -> None:
    """How z moves is the clip's own; where it begins is the first frame of the clip, or of another one."""
    firsts = torch.cat([z for z in (clips.read(n, 0, 1).z for n in range(len(clips))) if z is not None])

    def starts(z: torch.Tensor) -> torch.Tensor:  # [B, Z] -> [B], the clip of whose first frame it is
        apart = (z[:, None] - firsts).norm(dim=-1)
        assert apart.min(dim=1).values.max() < 1e-5
        return apart.argmin(dim=1)

    plain, rested, moved = (
        ClipSampler(clips, 6, 9, 9, 0, seed=0, at_rest=at_rest, other_rests=other).at(3)
        for at_rest, other in ((False, False), (True, False), (True, True))
    )
    torch.testing.assert_close(plain.z[:, 1:], rested.z[:, 1:])
    own, others = starts(rested.z[:, 0]), starts(moved.z[:, 0])
    assert (own != others).any()
    torch.testing.assert_close(moved.z - moved.z[:, :1], rested.z - rested.z[:, :1], atol=1e-5, rtol=1e-5)
    assert torch.equal(plain.features, moved.features)
    with pytest.raises(ModelError, match="no picture shows that z"):
        ClipSampler(clips, 2, 9, 9, 1, seed=0, at_rest=True)


def test_the_rate_is_a_cosine_to_zero(clips: ClipFolder, mouth: Components) -> None:
    recipe = SpeechRecipe(training(steps=100), clips, mouth)
    assert [recipe.rate(step) for step in (0, 50, 100)] == pytest.approx([1e-4, 0.5e-4, 0])
    assert isinstance(recipe.optimiser, torch.optim.AdamW)


def test_the_first_frame_is_no_truth(clips: ClipFolder, mouth: Components) -> None:
    """Section 9.2: all frames after it are."""
    recipe = SpeechRecipe(training(), clips, mouth)
    batch = recipe.batches.at(0, 0)
    terms = recipe.terms(batch)
    z = recipe.model(batch.z[:, 0], batch.features)
    assert terms["vtr"].item() == pytest.approx((z[:, 1:] - batch.z[:, 1:]).abs().mean().item())
    assert recipe.mouth_loss is not None
    assert torch.equal(terms["pca"], recipe.mouth_loss(z[:, 1:], batch.z[:, 1:]))


def test_without_components_only_the_whole_z_is_compared(clips: ClipFolder) -> None:
    mae = dataclasses.replace(LATENT, pca=0.0)
    recipe = SpeechRecipe(training(mae), clips, None)
    assert set(recipe.terms(recipe.batches.at(0, 0))) == {"vtr"}
    assert set(recipe.watch(recipe.model)) == {"z", "still_z", "shuffled_z"}
    with pytest.raises(ModelError, match="expected mouth components for L_PCA but got none"):
        SpeechRecipe(training(), clips, None)


def test_what_is_watched_stands_beside_a_still_face_and_another_sound(clips: ClipFolder, mouth: Components) -> None:
    recipe = SpeechRecipe(training(longest=40), clips, mouth)
    torch.nn.init.normal_(recipe.model.mlp_c[-1].weight)
    values, expected = recipe.watch(recipe.model), {"z": 0.0, "still_z": 0.0, "shuffled_z": 0.0}
    read = [clips.read(number) for number in range(len(clips))]
    with torch.no_grad():
        for number, clip in enumerate(read):
            assert clip.z is not None
            for name, features in (("z", clip.features), ("shuffled_z", read[number - 1].features)):
                z = recipe.model(clip.z[:1], features[None])[0]
                expected[name] += (z - clip.z)[1:].abs().mean().item() / len(clips)
            expected["still_z"] += (clip.z[:1] - clip.z)[1:].abs().mean().item() / len(clips)
    assert {name: values[name] for name in expected} == pytest.approx(expected, rel=1e-4)


def test_weights_of_another_training_are_where_it_starts(clips: ClipFolder, mouth: Components, tmp_path: Path) -> None:
    first = SpeechRecipe(training(seed=3), clips, mouth)
    first.update(0)
    first.model.save_pretrained(tmp_path)
    start = SpeechEncoder.from_pretrained(tmp_path)
    recipe = SpeechRecipe(training(), clips, mouth, start=start)
    assert all(torch.equal(a, b) for a, b in zip(recipe.model.parameters(), first.model.parameters(), strict=True))
    assert recipe.settings()["start_from"] == start.weights_sha256 is not None


def test_a_run_goes_on_only_with_the_same_clips(
    clips: ClipFolder, mouth: Components, make_clips: Callable[..., Path], tmp_path: Path
) -> None:
    Trainer(SpeechRecipe(training(), clips, mouth), tmp_path / "run").save()
    other = ClipFolder(make_clips("other", range(1, 9)), ("z",))
    with pytest.raises(ModelError, match="expected the settings of the run in .* but clips_sha256"):
        Trainer(SpeechRecipe(training(), other, mouth), tmp_path / "run")


def test_cost(clips: ClipFolder, mouth: Components) -> None:
    recipe = SpeechRecipe(training(), clips, mouth)
    counted = cost_of(recipe, 1)
    assert sum(counted.parameters.values()) == sum(p.numel() for p in recipe.model.parameters())
    assert {"mlp_a", "mlp_b", "mlp_c"} <= counted.parameters.keys() and counted.s_per_step


@pytest.mark.parametrize(("origin", "message"), [
    (Origin(), "expected clips that say what made their features"),
    (dataclasses.replace(ORIGIN, disentangled=False), "expected clips of a teacher whose z is disentangled"),
])  # fmt: skip
def test_clips_of_another_teacher_are_refused(
    origin: Origin, message: str, make_clips: Callable[..., Path], mouth: Components
) -> None:
    clips = ClipFolder(make_clips("other", range(2), origin=origin), ("z",))
    with pytest.raises(ModelError, match=message):
        SpeechRecipe(training(), clips, mouth)


def test_the_ablation_takes_the_other_teacher(make_clips: Callable[..., Path], mouth: Components) -> None:
    origin = dataclasses.replace(ORIGIN, disentangled=False)
    clips = ClipFolder(make_clips("other", range(2), origin=origin), ("z",))
    assert SpeechRecipe(training(rules={"disentangled": False}), clips, mouth).clips is clips


def test_what_does_not_fit_is_named(clips: ClipFolder, mouth: Components, make_clips: Callable[..., Path]) -> None:
    small = Components(mouth.mean[:4], torch.eye(4)[:3].numpy(), mouth.deviation, mouth.explained)
    with pytest.raises(ModelError, match=r"expected mouth components of z \[6\] but got Components\(3 of 4"):
        SpeechRecipe(training(), clips, small)
    with pytest.raises(ModelError, match="expected at least 8 mouth components but got 3"):
        SpeechRecipe(training(rules={"components": 8}), clips, mouth)
    with pytest.raises(ModelError, match="expected the losses on pictures l1 but got none; .* or --without l1"):
        SpeechRecipe(training(dataclasses.replace(LATENT, l1=1.0)), clips, mouth)
    other = make_clips("other", range(2), origin=dataclasses.replace(ORIGIN, teacher_sha256="1" * 64))
    with pytest.raises(ModelError, match="expected held-out clips as those of the training"):
        SpeechRecipe(training(), clips, mouth, ClipFolder(other, ("z",)))
