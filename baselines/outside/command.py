"""Methods that are a command, which makes a whole batch of cases in one process."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from baselines.interface.capabilities import Capabilities
from baselines.interface.errors import BatchError, MethodUnavailable
from baselines.interface.speed import ProcessSpeed
from baselines.outside.batch import Batch
from baselines.outside.existing import ExistingFrames, first_written_s, frame_files
from baselines.outside.process import Ended, run_process

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class CommandOutput:
    """What a command made of one case.

    Args:
        frames: a video or a folder of images; None where there is none.
        latents: a `.z.npy` file, where the command wrote one.
        reason: why there are no frames.
        seconds: of the process, shared equally by the cases that it made.
        speed: of the process, where it is known.
    """

    case_id: str
    frames: Path | None
    latents: Path | None
    reason: str | None
    seconds: float = 0.0
    speed: ProcessSpeed | None = None


class CommandMethod:
    """A command that reads a batch of cases and writes OUT/<id>.mp4, OUT/<id>.mkv or images in OUT/<id>/ for each.

    A subclass sets `name`, `capabilities`, `command`, and `version` as for a `Method`. The command is a template:
    {cases} is the path of cases.csv, {inputs} the folder that its paths are relative to, {out} the folder to write
    to, {seed} a number for whatever is drawn at random. It runs without a shell. It may write OUT/<id>.z.npy with
    descriptors z, float32 [T, d].

    Example:
        >>> class Mine(CommandMethod):
        ...     name = "mine"
        ...     capabilities = Capabilities(drives=frozenset({"image"}), licence="MIT")
        ...     command = "python /path/to/animate.py --list {cases} --root {inputs} --save {out}"
    """

    name: str
    version: int = 1
    capabilities: Capabilities
    command: str | Sequence[str]
    working_folder: Path | str | None = None
    timeout_s: float | None = None
    continues = False
    """Whether `generate` takes a folder with cases that an earlier call finished, and makes only the others."""

    @property
    def setting_sha256(self) -> str | None:
        """Digest of whatever else decides its frames, such as the code of a checkout; None where nothing does."""
        return None

    @property
    def weights_sha256(self) -> str | None:
        """Digest of the weights that make the frames; None where it is not known."""
        return None

    def argv(self, batch: Batch, out: Path, seed: int = 0) -> list[str]:
        """The command with its paths filled in.

        Raises:
            MethodUnavailable: it is empty, has no {out}, neither {cases} nor {inputs}, or another {field}.
        """
        template = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        paths = {"cases": batch.index, "inputs": batch.folder, "out": out}
        values = {**{name: str(path.resolve()) for name, path in paths.items()}, "seed": str(seed)}
        used = {name for part in template for name in _FIELD.findall(part)}
        if "out" not in used or not used & {"cases", "inputs"} or used - values.keys():
            raise MethodUnavailable(
                f"expected a command of {self.name} with {{out}} and {{cases}} or {{inputs}} but got"
                f" {shlex.join(template)!r}"
            )
        return [_FIELD.sub(lambda match: values[match[1]], part) for part in template]

    def generate(self, batch: Batch, out: Path, *, seed: int = 0) -> tuple[CommandOutput, ...]:
        """Run the command on a batch; a case without output has a reason.

        Args:
            out: an empty or new folder: what an earlier run left must not count as made by this one.
            seed: for {seed} in the command.

        Raises:
            BatchError: `out` is not empty.
            MethodUnavailable: the command cannot be started.
        """
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise BatchError(f"expected an empty folder for the outputs of {self.name} but {out} is not empty")
        argv = self.argv(batch, out, seed)
        logs = out / ".logs"
        logs.mkdir()
        started_at = time.time()
        try:
            ended = run_process(argv, logs, working_folder=self.working_folder, timeout_s=self.timeout_s)
        except OSError as error:
            raise MethodUnavailable(f"{self.name}: expected to start {argv[0]!r} but got: {error.strerror}") from error
        existing = ExistingFrames(out)
        outputs = [_output(existing, case.id, ended) for case in batch.cases]
        folders = [one.frames for one in outputs if one.frames is not None and one.frames.is_dir()]
        speed = ProcessSpeed(
            started_at=started_at,
            seconds=ended.seconds,
            frames=sum(case.frame_count for case in batch.cases),
            first_frame_s=first_written_s((file for one in folders for file in frame_files(one)), started_at),
            frame_s=(),
            unseen="a command is seen from outside alone",
            peak_memory_bytes=ended.peak_memory_bytes,
            peak_gpu_bytes=None,
        )
        shared_s = speed.seconds / max(1, sum(one.frames is not None for one in outputs))
        return tuple(one if one.frames is None else replace(one, seconds=shared_s, speed=speed) for one in outputs)


def _output(existing: ExistingFrames, case_id: str, ended: Ended) -> CommandOutput:
    try:
        frames = existing.find(case_id)
    except BatchError as error:
        return CommandOutput(case_id, None, None, str(error))
    if frames is not None:
        return CommandOutput(case_id, frames, existing.latents(case_id), None)
    return CommandOutput(case_id, None, None, f"the command wrote no {case_id}.mp4, .mkv or folder; {ended.reason()}")
