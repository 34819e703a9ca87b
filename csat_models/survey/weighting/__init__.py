"""Survey weights: raking, trimming, calibration, replicates, and what they cost.

No package of the ecosystem is used: balance pins numpy below 2, and samplics is
no longer maintained. Here the cells of all replicates are raked together, and
the numbers agree with R's survey.
"""
