"""Survey weights: raking, trimming, calibration, replicates, and what they cost.

No package of the ecosystem is used. weightipy and ipfn rake one sample at a
time, without bounds and without replicate weights; balance needs
scikit-learn and plotly; samplics is no longer maintained. Here the cells of
all replicates are raked together, and the numbers agree with R's survey.
"""
