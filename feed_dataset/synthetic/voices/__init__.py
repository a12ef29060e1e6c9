"""Speech of an outside synthesiser that says when each phoneme sounds, and what it is asked to say.

Who speaks, which sentences, which mouth shapes; the synthesiser itself runs in a program of its own.
"""
