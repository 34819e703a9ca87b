"""How a study is run: its notebooks, their kernels, the manifest and the report."""
