"""The paper's analyses for any checkpoint: figures 3, 5, 7 and 8, each a picture and its numbers.

Measuring and drawing; the commands are in `model.commands`.
"""
