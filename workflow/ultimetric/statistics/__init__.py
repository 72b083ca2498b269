"""Statistics of arrays: AUC and JSD with their errors, bootstrap, nearest neighbours, p-values."""
