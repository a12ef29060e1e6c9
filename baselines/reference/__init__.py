"""This project's own model behind the interface.

Official repositories of others do not belong here.
"""
