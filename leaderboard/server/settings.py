"""Settings of a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 2**20


@dataclass(frozen=True)
class Settings:
    """What a server is told when it starts.

    Args:
        place: a SQLite file, or the URL of a database; the default one when None.
        files: folder of bundles and clips; beside the SQLite file when None.
        protocol_file: a protocol of one's own, beside the shipped ones.
        max_upload_bytes: longest body of a submission.
        check_s: processor time and time on the clock that the check of one submission may take.
        check_bytes: memory that it may take beyond that of an idle one.
        checks: how many are checked at once.
        requests_per_minute: of one address; a burst of a tenth of a minute's more.
        submissions_per_hour: of one token.

    Raises:
        ValueError: a limit is not above 0.
    """

    place: str | Path | None = None
    files: Path | None = None
    protocol_file: Path | None = None
    max_upload_bytes: int = 256 * MIB
    check_s: float = 120.0
    check_bytes: int = 2048 * MIB
    checks: int = 2
    requests_per_minute: float = 1200.0
    submissions_per_hour: float = 60.0

    def __post_init__(self) -> None:
        limits = ("max_upload_bytes", "check_s", "check_bytes", "checks", "requests_per_minute", "submissions_per_hour")
        for name in limits:
            if not getattr(self, name) > 0:
                raise ValueError(f"expected {name} above 0 but got {getattr(self, name)}")
