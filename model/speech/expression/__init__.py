"""From speech to the expression descriptor z: the audio encoder, its losses, its data and its training (5, 9)."""
