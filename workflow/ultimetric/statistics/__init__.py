"""Statistics that know nothing of generators or files: AUC, errors, bootstrap, p-values."""
