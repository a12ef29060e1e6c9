"""Faults that are planted into the functions behind metrics, by rule, to see whether the doctor finds them.

Nothing here is part of the product: functions of a running process are altered, measured and put back.
"""
