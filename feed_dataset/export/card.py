"""The README.md of an exported folder: the hub's data set card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feed_dataset.export.plan import DATA, ExportPlan
from feed_dataset.export.record import ExportRecord
from feed_dataset.layout.configs import CONFIGS, DEFAULT
from feed_dataset.layout.splits import SPLITS

CARD = "README.md"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))  # the hub's words for numbers of rows
_SUMMARY = """\
Synchronised videos of strong, asymmetric and tongue expressions from up to three cameras (C centre, L left, R right),
one row per video. A selection made with `feed_dataset export`. The splits are by subject: nobody is in two of them.
"""
_COLUMNS: Mapping[str, str] = {
    "video": "the video; decoded by torchcodec when it is used",
    "clip_id, take_id": "subject, stem and camera; the views of one moment share take_id",
    "subject, task, stem, mode, view": "who, what (task of the paper's Table 1), and the camera",
    "fps_num, fps_den, num_frames": "frames per second as a fraction, and how many frames are shown",
    "first_pts_s, last_pts_s": "when the first and the last frame are shown, in seconds of the file's clock",
    "width_px, height_px, codec, has_audio, size_bytes": "the file",
    "ground_truth": "rendered clips only: place of the .npz with landmarks, pose and gaze, else empty",
    "sha256": "of the video file",
}


def card_text(plan: ExportPlan, record: ExportRecord) -> str:
    """Front matter that `datasets` reads, then what a person wants to know."""
    import yaml

    head = {
        "license": plan.licence.id,
        "pretty_name": f"FEED selection {record.version}",
        "tags": ["video", "face", "facial-expressions", "talking-head"],
        "size_categories": [next((word for limit, word in _SIZES if len(plan.items) < limit), "100K<n<1M")],
        "configs": _configs(plan, record.version),
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{front}---\n\n{_body(plan, record)}"


def _configs(plan: ExportPlan, version: str) -> list[dict[str, Any]]:
    """One entry per config that has rows.

    A config names its table and every video of it: `datasets` fetches from the hub only what is named here. One table
    per split, because it reads several in an order that changes from process to process.
    """
    entries: dict[str, dict[str, Any]] = {}
    for (config, split), table in plan.tables().items():
        items = plan.of(config, split)
        videos = sorted(
            {f"{DATA}/{split}/{item.clip.task}/*/*.{item.video.rsplit('.', 1)[1]}" for item in items},
        )
        entry = entries.setdefault(config, {"config_name": config, "version": version, "drop_labels": True})
        if config == DEFAULT:
            entry["default"] = True
        else:
            entry["metadata_filenames"] = [f"{config}.jsonl"]
        entry.setdefault("data_files", []).append({"split": split, "path": [table, *videos]})
    return list(entries.values())


def _body(plan: ExportPlan, record: ExportRecord) -> str:
    tables = plan.tables()
    lines = [f"# FEED, a selection, version {record.version}", "", _SUMMARY]
    lines += [
        "```python",
        "from datasets import load_dataset",
        "",
        'rows = load_dataset("path/to/this/folder")',
        "```",
        "",
    ]
    lines += ["| config | " + " | ".join(SPLITS) + " | shows |", "|---|" + "---:|" * len(SPLITS) + "---|"]
    for config in dict.fromkeys(config for config, _ in tables):
        counts = " | ".join(str(len(plan.of(config, split))) for split in SPLITS)
        lines.append(f"| {config} | {counts} | {CONFIGS[config].summary} |")
    lines += ["", "| split | subjects |", "|---|---|"]
    for split in SPLITS:
        subjects = dict.fromkeys(item.clip.subject for item in plan.items if item.split == split)
        lines.append(f"| {split} | {', '.join(subjects) or '-'} |")
    lines += ["", "| column | what |", "|---|---|"]
    lines += [f"| {name} | {what} |" for name, what in _COLUMNS.items()]
    lines += [
        "",
        f"Version {record.version}, digest `{record.digest}` (SHA-256 over the names and contents of all files).",
    ]
    lines += ["`feed_export.json` has the SHA-256 of each file.", ""]
    if plan.left_out:
        lines += [f"{len(plan.left_out)} clips of the selection are not here:", ""]
        lines += [f"- {clip}: {reason}" for clip, reason in plan.left_out.items()] + [""]
    lines += ["## Licence", "", f"{plan.licence.title}. {plan.licence.note}", ""]
    lines += ["## Source", "", "Drobyshev et al., *EMOPortraits: Emotion-enhanced Multimodal One-shot Head Avatars*, "]
    lines[-1] += "CVPR 2024; FEED: <https://github.com/neeek2303/FEED>."
    return "\n".join(lines) + "\n"
