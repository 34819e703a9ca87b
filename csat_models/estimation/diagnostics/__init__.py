"""Diagnostics of a structural equation: endogeneity, nonlinearity, normality."""
