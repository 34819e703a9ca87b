"""How a study begins: a drafted codebook, a first params file, next year's."""
