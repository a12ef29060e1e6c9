"""What is noted of each finished case beside its frames, so that a run that was cut off goes on."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from baselines.interface.speed import ProcessSpeed
from baselines.outside.batch import Batch, BatchCase
from feed_dataset.core.jobs.array_store import file_sha256, key_of, write_atomic

_RECORDS = ".records"


class Record(BaseModel):
    """How the frames of one case were made.

    Args:
        inputs: digest of what the case was made from.
        frames: "lossless", or "from its video": a codec of the repository has touched them.
        seconds: of the process, shared by the cases that it made.
        speed: of the process; None in records from before it was measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: str
    frames_sha256: str
    frames: str
    remarks: tuple[str, ...]
    seconds: float
    argv: tuple[str, ...]
    shims: tuple[str, ...]
    speed: ProcessSpeed | None = None


def input_digest(batch: Batch, case: BatchCase, seed: int) -> str:
    """Digest of a case's staged inputs and the seed."""
    paths = (case.source, case.driver, case.audio)
    digests = [None if path is None else file_sha256(batch.folder / path) for path in paths]
    return key_of(digests, case.frame_count, str(case.fps), seed)


def keep(out: Path, case_id: str, record: Record) -> None:
    """Note that OUT/<id>.mkv is finished."""
    text = record.model_dump_json() + "\n"

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomic(out / _RECORDS / f"{case_id}.json", write)


def kept(out: Path, case_id: str, inputs: str) -> Record | None:
    """The record of a case that is finished and was made from these inputs; None otherwise."""
    file = out / _RECORDS / f"{case_id}.json"
    if not (out / f"{case_id}.mkv").is_file() or not file.is_file():
        return None
    try:
        record = Record.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        return None  # damaged: the case is made again
    return record if record.inputs == inputs else None
