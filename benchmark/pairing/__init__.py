"""Videos that exist already become cases: by equal names or by a table.

Nothing is guessed, cut or resized.
"""
