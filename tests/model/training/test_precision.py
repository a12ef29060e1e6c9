"""Autocast of the heavy networks, whose forward pass a CPU can do as well; training in it is refused there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from model.networks.errors import ModelError
from model.training.paper import PaperRecipe
from model.training.precision import HEAVY, check_precision, compute_heavy_in_bfloat16

Make = Callable[..., PaperRecipe]


def test_heavy_networks_compute_in_bfloat16_and_nothing_else_does(make_recipe: Make) -> None:
    recipe = make_recipe()
    model = recipe.model.eval()
    batch = recipe.sampler.at(0, 0)
    plain = recipe.passes(batch)
    compute_heavy_in_bfloat16(model, "cpu")
    kinds: dict[str, set[torch.dtype]] = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Conv3d | torch.nn.Linear):
            network = name.split(".")[0]
            module.register_forward_hook(lambda _, __, out, n=network: kinds.setdefault(n, set()).add(out.dtype))
    passes = recipe.passes(batch)
    assert {name for name, found in kinds.items() if found == {torch.bfloat16}} == set(HEAVY)
    assert all(found == {torch.float32} for name, found in kinds.items() if name not in HEAVY)
    for name in ("image", "z_driver", "canonical", "z_driven"):
        mine, exact = getattr(passes, name), getattr(plain, name)
        assert mine.dtype == torch.float32
        torch.testing.assert_close(mine, exact, atol=0.06 * float(exact.detach().abs().max()), rtol=0)
    assert not torch.equal(passes.image, plain.image) and torch.equal(passes.z_driver, plain.z_driver)
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_on_a_cpu_it_is_refused_with_the_reason(make_recipe: Make) -> None:
    with pytest.raises(ModelError, match=r"expected precision float32 on cpu but got bfloat16, in which .* unwritten"):
        make_recipe(precision="bfloat16")
    check_precision("bfloat16", torch.device("cuda:1"))
    check_precision("float32", torch.device("cpu"))
