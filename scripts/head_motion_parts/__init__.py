"""Parts of `scripts.ablation_head_motion`: heads that nod by a known law, and how near a motion is to theirs.

Everything is a function of seeds.
"""
