"""Whose weights --model names."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.run import method_specs
from benchmark.results.errors import BenchmarkError

BOTH = "emoportraits,megaportraits"


def models(text: str, *given: str) -> dict[str, str]:
    return {spec.name: spec.options["model"] for spec in method_specs(text, given) if "model" in spec.options}


def test_one_method_takes_the_weights_and_several_are_told_apart(tmp_path: Path) -> None:
    assert models("emoportraits", "some/model") == {"emoportraits": "some/model"}
    assert models("copy-source,megaportraits", "some/model") == {"megaportraits": "some/model"}
    assert models(BOTH, "megaportraits=some/model") == {"megaportraits": "some/model"}
    each = models(BOTH, "megaportraits=some/model", "emoportraits=other/model")
    assert each == {"megaportraits": "some/model", "emoportraits": "other/model"}
    odd = tmp_path / "lr=1e-4"  # a folder with a sign in its name
    odd.mkdir()
    assert models("emoportraits", str(odd)) == {"emoportraits": str(odd)}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["some/model"], "expected --model METHOD=DIR for one of emoportraits, megaportraits but got 'some/model'"),
        (["megaportraits="], "expected --model METHOD=DIR"),
        (["emoportraits=a", "emoportraits=b"], "expected one --model for emoportraits but got 'a' and 'b'"),
    ],
)
def test_weights_of_nobody_in_particular_are_refused(given: list[str], reason: str) -> None:
    with pytest.raises(BenchmarkError, match=reason):
        method_specs(BOTH, given)
