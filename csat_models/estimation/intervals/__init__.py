"""Intervals from draws: their ends, p-values, studentised and simultaneous ones."""
