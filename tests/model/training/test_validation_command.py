from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from model.networks.errors import ModelError
from model.training.validation_command import ValidationCommand


class Model:
    def save_pretrained(self, save_directory: Path) -> None:
        (save_directory / "weights").write_text("7")


def command(code: str, more: str = "{model}") -> ValidationCommand:
    return ValidationCommand.parse(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} {more}")


def test_the_last_line_of_a_program_that_sees_the_model_counts() -> None:
    code = "import json, sys; print(1); print(json.dumps({'weights': int(open(sys.argv[1] + '/weights').read())}))"
    assert command(code)(Model(), 5) == {"weights": 7.0}


def test_nothing_is_run_by_a_shell() -> None:
    code = "import json, sys; print(json.dumps({'arguments': len(sys.argv) - 1}))"
    assert command(code, "{model} ';' '$(exit)' {step}")(Model(), 5) == {"arguments": 4.0}


@pytest.mark.parametrize(("code", "message"), [
    ("pass", "expected a JSON object of finite numbers as the last line of the validation of step 5 but got ''"),
    ("print('[1]')", "but got '\\[1\\]'"),
    ("print('{}')", "but got '{}'"),
    ("print('{\"fid\": NaN}')", "but 'fid' is nan"),
    ("print('{\"fid\": \"low\"}')", "but 'fid' is low"),
    ("print('{\"fid\": true}')", "but 'fid' is True"),
    ("raise SystemExit(3)", "the validation of step 5, .* ended with status 3"),
])  # fmt: skip
def test_what_is_no_answer_is_an_error(code: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        command(code)(Model(), 5)


@pytest.mark.parametrize("text", ["", "score", "{model}", "score 'a {model}"])
def test_commands_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(ModelError, match=r"expected a .* in --validate-command but got"):
        ValidationCommand.parse(text)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="the validation 'no-such-program' cannot be started: No such file"):
        ValidationCommand.parse("no-such-program {model}")(Model(), 1)
