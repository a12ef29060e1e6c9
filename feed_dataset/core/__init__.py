"""The ground that everybody stands on: media, faces, weights and jobs.

Nothing here knows FEED, a method or a metric.
"""
