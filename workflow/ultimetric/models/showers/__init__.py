"""Networks that know the layers and voxels of a calorimeter."""
