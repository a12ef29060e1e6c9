"""Submissions of results files: validated, stored, and shown beside (never among) published numbers.

python -m leaderboard submit runs/feed-mini-cross/results.json
python -m leaderboard show --format md
"""

from __future__ import annotations

from leaderboard.errors import SubmissionError

__all__ = ["SubmissionError"]
