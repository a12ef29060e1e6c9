"""Preparing one source: track the face, plan the crop, write what was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from feed_dataset.core.faces import FaceNetworks
from feed_dataset.core.jobs.errors import FeedError, NoFaceError, WeightsUnavailable, words_and_place
from feed_dataset.core.weights.hashing import sha256_file
from feed_dataset.prepare.crop_path import CropPath, inside, plan_crops
from feed_dataset.prepare.first_pass import FirstPass, cut
from feed_dataset.prepare.job import Job
from feed_dataset.prepare.masks import FACE_OVAL, PARTS, crop_labels, face_oval
from feed_dataset.prepare.media import Media, open_source
from feed_dataset.prepare.prepared import PreparedClip
from feed_dataset.prepare.sinks import FolderSink, FrameSink, ImageSink, VideoSink
from feed_dataset.prepare.truth import TrueParts, true_parts


class PrepareError(FeedError):
    """Crops cannot be written."""


def failed(job: Job, reason: str) -> PreparedClip:
    """The clip of a source that cost the process that read it, as `reason` says."""
    return PreparedClip(job.source.id, str(job.source.path), "", "", "unreadable", f"reading it: {reason}")


def prepare_one(job: Job, networks: FaceNetworks) -> tuple[PreparedClip, bool]:
    """The clip, and whether it was made now. Faults of the source are told in the clip, never raised."""
    blank = PreparedClip(job.source.id, str(job.source.path), "", "", "refused", job.source.refused or "")
    if job.source.refused:
        if not job.data.exists():
            return blank, False
        return replace(blank, reason=f"{blank.reason}; crops made before are still there: delete {job.data}"), False
    try:
        digest = sha256_file(job.source.path)
    except OSError as error:
        return replace(blank, status="unreadable", reason=words_and_place(error)), True
    try:
        blank = replace(blank, source_sha256=digest, key=job.key(digest))
        known = job.finished(blank.key)
        if known is not None:
            return replace(known, source=str(job.source.path)), False
        with open_source(job.source) as media:
            return _made(job, media, networks, blank), True
    except WeightsUnavailable:
        raise
    except FeedError as error:
        return replace(blank, status="unreadable", reason=str(error)), True
    except OSError as error:  # sources that cannot be read give FeedErrors
        raise PrepareError(f"expected to write crops below {job.out} but: {words_and_place(error)}") from error


def _made(job: Job, media: Media, networks: FaceNetworks, blank: PreparedClip) -> PreparedClip:
    settings, size_px = job.settings, job.settings.size_px
    blank = replace(
        blank,
        frame_count=media.count,
        width_px=media.width_px,
        height_px=media.height_px,
        fps_num=media.fps.numerator,
        fps_den=media.fps.denominator,
        has_audio=media.has_audio,
        reader=media.reader,
    )
    job.data.unlink(missing_ok=True)  # it would vouch for crops of other settings if this is stopped
    sink = _sink(job, media)
    try:
        seen = FirstPass(media, settings, networks, sink)
        seen.run()
        blank = replace(blank, face_count=seen.face_count, frame_count=len(seen.reasons))
        try:
            path = plan_crops(seen.landmarks_px, media.hw, float(media.fps), settings)
        except NoFaceError as error:
            sink.abandon()
            reason = next((text for text in seen.reasons if text), None) or str(error)
            none = replace(blank, status="no face", reason=reason)
            job.store(none, {"reasons": np.array(sorted({text for text in seen.reasons if text}))})
            return none
        for index, frame in seen.left(path):
            sink.put(index, cut(frame, path, index, size_px))
        written = sink.finish(media.audio())
    except BaseException:
        sink.abandon()
        raise
    cropped_px = path.to_crop(seen.landmarks_px, size_px)
    valid = np.isfinite(cropped_px).all(axis=(1, 2))
    in_crop = inside(cropped_px, size_px)
    made = replace(
        blank,
        status="ok",
        reason="; ".join(sorted({text for text in seen.reasons if text})),
        path=job.below(written),
        data=job.below(job.data),
        valid_count=int(valid.sum()),
        inside_share=float(in_crop[valid].mean()),
        padded_share=path.padded_share(media.hw),
    )
    if settings.masks:
        made = _with_masks(made, job, media, path, cropped_px)
    names = sorted({text for text in seen.reasons if text})
    arrays = {
        "center_px": path.center_px,
        "side_px": path.side_px,
        "angle_rad": path.angle_rad,
        "valid": valid,
        "inside": in_crop,
        "reasons": np.array(["", *names]),
        "reason": np.array([names.index(text) + 1 if text else 0 for text in seen.reasons], np.uint8),
        "times_s": media.times_s[: len(seen.reasons)],
    }
    if settings.landmarks:
        arrays["landmarks_px"] = cropped_px
    job.store(made, arrays)
    return made


def _sink(job: Job, media: Media) -> FrameSink:
    if job.source.is_image:
        return ImageSink(job.frames)
    if job.settings.output == "mp4":
        return VideoSink(job.frames, job.settings.size_px, media.fps, media.times_s, job.settings.crf)
    return FolderSink(job.frames, f".{job.settings.output}")


def _with_masks(clip: PreparedClip, job: Job, media: Media, path: CropPath, cropped_px: np.ndarray) -> PreparedClip:
    size_px = job.settings.size_px
    oval = FolderSink(job.masks(FACE_OVAL), ".png")
    for index, points in enumerate(cropped_px):
        oval.put(index, face_oval(points, size_px))
    clip = replace(clip, face_oval=job.below(oval.finish(None)))
    truth: TrueParts | None = true_parts(job.source.path, job.source.root)
    if truth is not None:
        labels = truth.labels()
        parts = FolderSink(job.masks(PARTS), ".png")
        for index in range(min(len(path), len(labels))):
            parts.put(index, crop_labels(labels[index], media.hw, path.to_source(index, size_px), size_px))
        clip = replace(clip, parts=job.below(parts.finish(None)))
    return clip
