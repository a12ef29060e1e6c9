"""A regular package, because a reference package of the extra "oracles" installs one of the same name."""
