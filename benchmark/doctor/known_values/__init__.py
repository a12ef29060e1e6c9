"""Values that metrics must give on constructed input: known exactly, without a network, in milliseconds.

None comes from the function that it checks. Point numbers, constants and formulas are written out here a second time.
"""
