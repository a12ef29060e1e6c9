"""Scoring of videos that exist already: which belongs to which (`pairs`), and their numbers (`run`)."""
