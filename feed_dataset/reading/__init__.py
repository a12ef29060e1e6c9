"""Synchronised, frame-exact reading of one or several cameras."""

from __future__ import annotations

from feed_dataset.reading.audit import SyncAudit, audit_sync
from feed_dataset.reading.frame_batch import FrameBatch
from feed_dataset.reading.frame_index import FrameIndex, FrameIndexError, build_frame_index
from feed_dataset.reading.reader import BACKENDS, FrameReader, ReaderUnavailable, open_reader
from feed_dataset.reading.take import Take

__all__ = [
    "BACKENDS",
    "FrameBatch",
    "FrameIndex",
    "FrameIndexError",
    "FrameReader",
    "ReaderUnavailable",
    "SyncAudit",
    "Take",
    "audit_sync",
    "build_frame_index",
    "open_reader",
]
