"""A copy of a selection of clips that `datasets.load_dataset("/path")` opens without this package.

    DIR/README.md                                   the data set card, with the named configs
    DIR/feed_export.json                            version, digest, and sha256 of every file
    DIR/data/<split>/metadata.jsonl                 rows of config "all"
    DIR/data/<split>/<config>.jsonl                 rows of the other configs
    DIR/data/<split>/<task>/<subject>/<stem>_<view>.mp4 (and <stem>.npz with ground truth)

The folder is laid out like FEED too, so every command of this package takes it as a data directory.
"""

from feed_dataset.export.folder import ExportReport, export_folder, verify_export
from feed_dataset.export.hub import open_repository, upload_export
from feed_dataset.export.plan import ExportPlan, plan_export
from feed_dataset.export.record import ExportError, ExportRecord

__all__ = [
    "ExportError",
    "ExportPlan",
    "ExportRecord",
    "ExportReport",
    "export_folder",
    "open_repository",
    "plan_export",
    "upload_export",
    "verify_export",
]
