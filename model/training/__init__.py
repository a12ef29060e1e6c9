"""Training of EMOPortraits on pictures whose pose and expression are known."""
