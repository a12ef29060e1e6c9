"""Head motion from speech (section 10 of the paper): generator, critics, training, blinks.

Nothing here knows where the features come from, or whose head moves.
"""
