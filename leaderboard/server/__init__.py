"""The leaderboard as a service: submissions with a token, tables and exports for everybody, the pages.

`app.create_app` puts it together. What is uploaded is checked in a process of its own with limits, never here.
"""
