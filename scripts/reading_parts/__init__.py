"""What `scripts.check_reading` is made of.

Small videos of every container, codec and kind of time stamps, and what each reader makes of them.
"""
