"""Work that can fail or take long: errors, files that appear whole, hashes, progress, processes.

Nothing here knows what the work is about.
"""
