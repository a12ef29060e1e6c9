"""Weights of the published EMOPortraits code, turned into weights of these networks."""
