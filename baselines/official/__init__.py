"""Official repositories as methods: their own code, in the user's own checkout and environment, as a subprocess.

Each is described by a file NAME.toml in this folder. Nothing of a repository is imported, copied or edited.
"""
