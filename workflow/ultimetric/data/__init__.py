"""HDF5 files, the division of the truth, matching of conditions, and related showers."""
