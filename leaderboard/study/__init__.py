"""Preference studies: which of two outputs moves more like the driver, and which looks more like the source.

Questions are built from runs, answered in a browser, and scored with intervals over raters and items
(docs/study.md). Statistics are pure functions on `Votes`; nothing here runs a method.
"""
