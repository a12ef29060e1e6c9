"""An official repository as a method that makes a whole batch of cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from baselines.interface.errors import MethodUnavailable
from baselines.interface.speed import ProcessSpeed
from baselines.official.checkout import checkout_state
from baselines.official.collecting import Collected, collect
from baselines.official.driver_greys import DriverGreys
from baselines.official.job import Job, make_folders, make_job
from baselines.official.ledger import same_as_other_weights
from baselines.official.loading import split_name
from baselines.official.not_weights import no_weights
from baselines.official.records import Record, input_digest, keep, kept
from baselines.official.settings import Settings, load_settings
from baselines.official.staging import Staged, stage_slot
from baselines.official.timing import process_speed
from baselines.official.units import Slot, Unit, alone, units_of
from baselines.outside.batch import Batch
from baselines.outside.command import CommandMethod, CommandOutput
from baselines.outside.process import Ended, run_process
from feed_dataset.core.jobs.array_store import key_of, write_atomic
from feed_dataset.core.jobs.errors import FeedError, words_and_place
from feed_dataset.core.weights.hashing import sha256_file

_JOBS = ".jobs"
_DISK = (28, 122, 27, 5)  # ENOSPC, EDQUOT, EFBIG, EIO: no fault of a case


class OfficialMethod(CommandMethod):
    """Runs the code of a checkout that `setup` was told of, in the environment of that checkout.

    Args:
        repository: name of the method, such as "fomm" or "fomm-absolute".

    Raises:
        UnknownMethod: no such name.
    """

    continues = True

    def __init__(self, repository: str) -> None:
        self.name = repository
        self.adapter, variant = split_name(repository)
        self.variant = self.adapter.variants[variant]
        self.version = self.adapter.version
        self.capabilities = replace(self.adapter.card(variant), lossless=self._is_lossless())
        assert self.adapter.run is not None
        self.command = self.adapter.run.command

    def _is_lossless(self) -> bool:
        """As it is set up, or would be."""
        output = self.adapter.output
        assert output is not None
        if output.images:
            return output.file.endswith(".png")
        try:
            return output.recorder is not None and load_settings(self.adapter).lossless
        except MethodUnavailable:
            return output.recorder is not None

    @cached_property
    def settings(self) -> Settings:
        """Raises MethodUnavailable where it is not set up, or its files are not there or no weights at all."""
        found = load_settings(self.adapter)
        for weight in self.adapter.weights.values():
            file = found.weight(weight)
            problem = no_weights(file) if file.exists() else "is missing"
            if problem is not None:
                raise MethodUnavailable(
                    f"expected the weights {file} of {self.name} but it {problem}; type: python -m baselines doctor"
                    f" {self.adapter.name}"
                )
        return found

    @property
    def weights_sha256(self) -> str | None:
        """Digest of all weights files by their names."""
        weights = sorted(self.adapter.weights.items())
        return key_of([(name, _digest(self.settings.weight(one))) for name, one in weights]) if weights else None

    @property
    def setting_sha256(self) -> str:
        """Digest of everything else that decides its frames: the checkout, the shims and the machine."""
        state = checkout_state(self.settings.checkout)
        settings = self.settings
        return key_of(state.commit, state.changes_sha256, settings.device, settings.shims, settings.lossless)

    def generate(self, batch: Batch, out: Path, *, seed: int = 0) -> tuple[CommandOutput, ...]:
        """Make every case that OUT does not have from these very inputs; a case without frames has a reason.

        Args:
            seed: where the repository takes one.

        Raises:
            MethodUnavailable: it is not set up, or its interpreter cannot be started.
            OSError: the disk cannot be written; the same call continues.
        """
        shutil.rmtree(out / _JOBS, ignore_errors=True)
        (out / _JOBS).mkdir(parents=True)
        digests = {case.id: input_digest(batch, case, seed) for case in batch.cases}
        missing = [case for case in batch.cases if kept(out, case.id, digests[case.id]) is None]
        run = _Runner(self, batch, out, digests, seed)
        assert self.adapter.run is not None
        for unit in units_of(missing, self.adapter.run, self.variant):
            run.unit(unit)
        return tuple(run.output(case.id) for case in batch.cases)


@dataclass
class _Runner:
    method: OfficialMethod
    batch: Batch
    out: Path
    digests: dict[str, str]
    seed: int

    def __post_init__(self) -> None:
        self._started = 0
        assert self.method.adapter.inputs is not None
        self._drivers = DriverGreys(self.batch, from_images=self.method.adapter.inputs.frames is not None)
        self._reasons: dict[str, str] = {}

    def unit(self, unit: Unit) -> None:
        """Run one process; slots that came back without frames run once more, each case in a process of its own."""
        failed = self._attempt(unit)
        if failed and (len(unit) > 1 or len(unit[0].cases) > 1):
            for single in alone(failed):
                self._attempt(single)

    def output(self, case_id: str) -> CommandOutput:
        found = self.out / f"{case_id}.mkv"
        record = kept(self.out, case_id, self.digests[case_id])
        if record is not None:
            return CommandOutput(case_id, found, None, None, record.seconds, record.speed)
        found.unlink(missing_ok=True)  # of an earlier call, from other inputs
        return CommandOutput(case_id, None, None, self._reasons[case_id])

    def _attempt(self, unit: Unit) -> list[Slot]:
        """Run a unit; the slots without frames, whose reasons are noted."""
        self._started += 1
        folder = self.out / _JOBS / f"job-{self._started:04d}"
        work = make_folders(folder)
        staged = self._staged(unit, work)
        failed = [slot for slot in unit if slot not in [one.slot for one in staged]]
        if not staged:
            return failed
        adapter, settings = self.method.adapter, self.method.settings
        job = make_job(folder, work, adapter, self.method.variant, settings, staged)
        ended = self._run(job, sum(one.slot.frame_count for one in staged))
        assert adapter.output is not None
        speed = process_speed(adapter.output, work, staged, ended, lossless=settings.lossless)
        failed += [one.slot for one in staged if not self._collected(job, one, ended, speed, len(staged))]
        self._note(job, ended, speed.seconds, [case.id for slot in failed for case in slot.cases])
        if not failed:
            shutil.rmtree(work, ignore_errors=True)
        return failed

    def _staged(self, unit: Unit, work: Path) -> list[Staged]:
        assert self.method.adapter.inputs is not None
        staged = []
        for slot in unit:
            try:
                staged.append(stage_slot(slot, self.batch, self.method.adapter.inputs, work, self.seed))
            except (FeedError, OSError) as error:
                _raise_if_disk(error)
                self._reasons |= {case.id: f"its inputs: {words_and_place(error)}" for case in slot.cases}
        return staged

    def _run(self, job: Job, frame_count: int) -> Ended:
        run = self.method.adapter.run
        assert run is not None
        limit = (run.start_s + run.frame_s * frame_count) * self.method.settings.time_factor
        try:
            return run_process(
                job.argv, job.folder, working_folder=job.work, timeout_s=limit, environment=job.environment
            )
        except OSError as error:
            _raise_if_disk(error)
            raise MethodUnavailable(
                f"{self.method.name}: expected to start {job.argv[0]} but got: {error.strerror}"
            ) from error

    def _collected(self, job: Job, staged: Staged, ended: Ended, speed: ProcessSpeed, slots: int) -> bool:
        """Whether a slot has frames; otherwise its reason is noted."""
        adapter, lossless = self.method.adapter, self.method.settings.lossless
        assert adapter.inputs is not None
        try:
            changed = staged.changed(adapter.inputs.rewrites)
            if changed:
                raise FeedError(f"it changed its inputs: {', '.join(changed)}")
            if ended.exit_code != 0:
                raise FeedError(ended.reason())
            found = collect(adapter, self._drivers, job.work, staged, self.out, lossless=lossless)
            self._check_weights(found)
        except (FeedError, OSError) as error:
            _raise_if_disk(error)
            reason = words_and_place(error).replace(f"{job.work}/", "")
            if ended.exit_code == 0:
                reason = f"{reason}; {ended.reason()}"
            self._reasons |= {case.id: reason for case in staged.slot.cases}
            return False
        for one in found:
            record = Record(
                inputs=self.digests[one.case_id],
                frames_sha256=one.frames_sha256,
                frames="lossless" if one.is_lossless else "from its video",
                remarks=one.remarks,
                seconds=speed.seconds / slots / len(found),
                argv=job.argv,
                shims=self.method.settings.shims,
                speed=speed,
            )
            keep(self.out, one.case_id, record)
        return True

    def _check_weights(self, found: Sequence[Collected]) -> None:
        """Raise FeedError where other weights gave the very same frames: then none were loaded."""
        for one in found:
            other = same_as_other_weights(
                self.method.name, self.digests[one.case_id], self.method.weights_sha256, one.frames_sha256
            )
            if other is not None:
                raise FeedError(
                    f"its frames are those of other weights ({other[:12]}) to the last bit: none were loaded"
                )

    def _note(self, job: Job, ended: Ended, seconds: float, failed: list[str]) -> None:
        note = {
            "argv": job.argv,
            "environment": dict(job.environment),
            "exit_code": ended.exit_code,
            "seconds": round(seconds, 3),
            "failed": {one: self._reasons[one] for one in failed},
        }
        text = json.dumps(note, indent=2) + "\n"
        write_atomic(job.folder / "run.json", lambda path: _write(path, text))


def _digest(path: Path) -> str | list[tuple[str, str]]:
    """sha256 of a file, or of every file of a folder by name."""
    if path.is_file():
        return sha256_file(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [(file.relative_to(path).as_posix(), sha256_file(file)) for file in files]


def _raise_if_disk(error: Exception) -> None:
    if isinstance(error, OSError) and error.errno in _DISK:
        raise error


def _write(temporary: Path, text: str) -> None:
    temporary.write_text(text, encoding="utf-8")
