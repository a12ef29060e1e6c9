"""From speech to the expression descriptor z: the audio encoder, its losses and its training (sections 5 and 9).

Clips come from `model.speech.clips`, the trainer from `model.training`; how the head moves is not its matter.
"""
