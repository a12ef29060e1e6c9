"""From a person and an expression to geometry: head, eyes, teeth, tongue, hair, landmarks.

Nothing is drawn here.
"""
