"""The report: one HTML file with everything inside (`benchmark.report.page`).

Tables, plots, sheets and cards, made from results and thumbnails alone.
"""
