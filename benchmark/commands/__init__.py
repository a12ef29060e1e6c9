"""One module per command line verb; each imports what is heavy only when it runs."""
