"""The kinds of places that weights come from. Pure data; `fetching` acts on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Url:
    """A file at an official address; `member` names one file inside it when it is a zip archive."""

    url: str
    member: str | None = None

    def __str__(self) -> str:
        return self.url if self.member is None else f"{self.member} in {self.url}"


@dataclass(frozen=True)
class HubFile:
    """One file of a Hugging Face hub repository at a fixed revision."""

    repo_id: str
    path: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{self.path} of hub repository {self.repo_id}"


@dataclass(frozen=True)
class PackageMember:
    """One file inside a published Python package, fetched with the user's own pip and package index.

    The package is never installed or imported. With `archive_sha256` pip itself refuses any other archive.

    Args:
        requirement: `NAME==VERSION`.
        member: path inside the archive.
        archive_sha256: hash of the one archive meant.
        wheel_platform: (python version, abi, platform) tags of that archive, where it is a binary wheel and
            any machine may take it because only a data file is used; None for a wheel that fits everywhere.
        is_sdist: the archive is a source distribution (pip then runs its metadata step in an isolated
            environment); otherwise only wheels are accepted and nothing of the package is executed.
    """

    requirement: str
    member: str
    archive_sha256: str | None = None
    wheel_platform: tuple[str, str, str] | None = None
    is_sdist: bool = False

    def __str__(self) -> str:
        return f"{self.member} in Python package {self.requirement}"


@dataclass(frozen=True)
class ByHand:
    """Weights that only a person can fetch; `instructions` say where."""

    instructions: str

    def __str__(self) -> str:
        return self.instructions


Source = Url | HubFile | PackageMember | ByHand
