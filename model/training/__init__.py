"""Training of EMOPortraits on pictures whose pose and expression are known.

Data, losses and the loop with its exact resume.
"""
