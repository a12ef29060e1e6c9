"""One pass over a video: every network sees the same batches of frames, and only features are kept."""
