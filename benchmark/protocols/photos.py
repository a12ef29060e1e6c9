"""Real photographs that dependencies ship, by name; used as sources."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.suggestions import unknown


@dataclass(frozen=True)
class Photo:
    """A photograph inside an installed package."""

    name: str
    package: str
    member: str
    sha256: str
    credit: str

    def path(self) -> Path:
        """Where the installed package has it; the package is not imported. Raises BenchmarkError where it is absent."""
        found = find_spec(self.package)
        if found is None or found.origin is None:
            raise BenchmarkError(
                f"expected the package {self.package} with the photograph {self.name!r} but it is not installed;"
                f" get it with: pip install {self.package}"
            )
        return Path(found.origin).parent / self.member


PHOTOS = {
    photo.name: photo
    for photo in (
        Photo(
            name="grace_hopper",
            package="matplotlib",
            member="mpl-data/sample_data/grace_hopper.jpg",
            sha256="a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
            credit="Grace Hopper, official US Navy portrait by James S. Davis, 1984; public domain",
        ),
    )
}


def photo(name: str) -> Photo:
    """The photograph of that name."""
    if name not in PHOTOS:
        raise BenchmarkError(unknown("photograph", name, PHOTOS))
    return PHOTOS[name]
