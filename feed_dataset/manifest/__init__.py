"""What is in a data directory, file by file: contents, formats, exact frame times, and what is wrong or missing.

Building, verifying and asking the table that is written beside the data.
"""

from __future__ import annotations

from feed_dataset.manifest.build import FileDone, build_manifest, index_directory
from feed_dataset.manifest.entry import STATUSES, VERSION, ManifestEntry, ManifestError, Status
from feed_dataset.manifest.manifest import Manifest
from feed_dataset.manifest.place import find_manifest, manifest_path

__all__ = [
    "STATUSES",
    "VERSION",
    "FileDone",
    "Manifest",
    "ManifestEntry",
    "ManifestError",
    "Status",
    "build_manifest",
    "find_manifest",
    "index_directory",
    "manifest_path",
]
