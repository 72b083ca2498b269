"""HDF5 files and their rows, the division of the truth, matching of conditions, duplicates."""
