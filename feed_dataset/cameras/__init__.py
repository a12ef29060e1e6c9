"""Several cameras of one take, kept in step by their time stamps.

Reads files that it is given; which ones belong together is the catalog's business.
"""
