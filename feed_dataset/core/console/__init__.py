"""The command line that all rooms share: the `feed` script, one handler for errors, readable output, logging.

Nothing here knows which rooms there are: they register in pyproject.toml, and each hands over its own parser.
"""
