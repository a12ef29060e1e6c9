"""What every method is: its interface and its errors.

Knows no method.
"""
