"""What the columns of a file mean: codebooks, their entries and versions, their filters."""
