"""`python -m feed_dataset`."""

from feed_dataset.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
