"""Pages for raters: a start, one question at a time, an end; they know no names of methods.

The page plays, watches whether it is in view, and sends an answer (static/rater.js); everything else is HTML.
"""
