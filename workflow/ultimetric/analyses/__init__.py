"""Everything that turns truth, samples, weights or models into numbers: one module for each."""
