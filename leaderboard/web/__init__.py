"""The pages: pure functions from stored results to HTML, the same for the server and for static files.

Addresses in pages are relative, so a page works under any path, and from disk.
"""
