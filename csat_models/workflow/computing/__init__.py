"""What a study computes: its waves, their draws, comparisons and divisions, each once."""
