"""Copies of the paper's corpora in their official layouts, made of the rendered people that come with the package."""
