"""A first codebook for an unknown file: roles, guesses, names, and how far it agrees."""
