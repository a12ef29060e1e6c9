"""Rows that nobody has to beat: copy-source and copy-driver.

They say what the ends of a scale are.
"""
