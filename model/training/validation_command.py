"""Validation by a program of its own: it is given the saved model and prints numbers."""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from feed_dataset.core.jobs.errors import words_of
from model.networks.errors import ModelError

MODEL, STEP = "{model}", "{step}"
_SHOWN = 200  # characters of what a program said


class Saveable(Protocol):
    """A model that can be written to a folder."""

    def save_pretrained(self, save_directory: Path) -> Any: ...


@dataclass(frozen=True)
class ValidationCommand:
    """A program and its arguments, without a shell; `{model}` and `{step}` are filled in.

    The model is a folder as `from_pretrained` reads it, which is gone afterwards. The last line that the program prints
    has to be a JSON object of finite numbers.
    """

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> ValidationCommand:
        """Raises ModelError: no program, quotes that do not close, or no `{model}`."""
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise ModelError(f"expected a command in --validate-command but got {text!r}: {error}") from error
        if not any(MODEL in word for word in words[1:]):
            raise ModelError(
                f"expected a program and {MODEL} among its arguments in --validate-command but got {text!r}"
            )
        return cls(words)

    def __call__(self, model: Saveable, step: int) -> dict[str, float]:
        """What the program says of the model.

        Raises:
            ModelError: it cannot be started, fails, or its last line is not numbers by name.
        """
        with tempfile.TemporaryDirectory(prefix="feed-validation-") as folder:
            model.save_pretrained(Path(folder))
            argv = [word.replace(MODEL, folder).replace(STEP, str(step)) for word in self.words]
            try:
                done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
            except OSError as error:
                raise ModelError(f"the validation {argv[0]!r} cannot be started: {words_of(error)}") from error
        said = done.stdout.decode(errors="replace").strip().splitlines()
        if done.returncode:
            raise ModelError(f"the validation of step {step}, {argv[0]!r}, ended with status {done.returncode}")
        return _numbers(said[-1] if said else "", step)


def _numbers(line: str, step: int) -> dict[str, float]:
    expected = "expected a JSON object of finite numbers as the last line of the validation"
    try:
        values = json.loads(line)
    except ValueError as error:
        raise ModelError(f"{expected} of step {step} but got {line[:_SHOWN]!r}") from error
    if not isinstance(values, dict) or not values:
        raise ModelError(f"{expected} of step {step} but got {line[:_SHOWN]!r}")
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ModelError(f"{expected} of step {step} but {name[:_SHOWN]!r} is {str(value)[:_SHOWN]}")
    return {name: float(value) for name, value in values.items()}
