"""Small .npz files with equal bytes for equal arrays: LZMA, no dates. `numpy.load` reads them.

They lie beside data that comes from anybody: reading one is bounded, and every fault is a ValueError or OSError.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.files import regular_size

MOST_BYTES = 4 << 30
"""Of all arrays of a file, unpacked."""
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, MemoryError, NotImplementedError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as a compressed .npz; atomic, deterministic."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            entry.compress_type = zipfile.ZIP_LZMA
            archive.writestr(entry, buffer.getvalue())


@contextmanager
def open_npz(path: Path | str) -> Iterator[Mapping[str, np.ndarray]]:
    """The arrays of a file by name, each read when it is asked for.

    Raises:
        OSError: there is no such file, or it is a pipe.
        ValueError: damaged, of another format, or larger than `MOST_BYTES` when unpacked; also while it is read.
    """
    regular_size(Path(path))
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
        if total > MOST_BYTES:
            raise ValueError(f"its arrays take {total} bytes, more than {MOST_BYTES}")
        with np.load(path, allow_pickle=False) as stored:
            yield stored
    except _FAULTS as error:
        raise ValueError(str(error) or type(error).__name__) from error
