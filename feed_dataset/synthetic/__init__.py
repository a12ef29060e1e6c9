"""Synthetic FEED: procedural, fully controllable human heads with exact ground truth."""
