"""Draws: counts, designs, persons and parts; leave-outs, permutations and the ledger."""
