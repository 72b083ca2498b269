"""Networks for the layers and voxels of a calorimeter."""
