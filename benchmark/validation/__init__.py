"""Expression metrics against synthetic people of whom everything is known: material, readings and figures."""
