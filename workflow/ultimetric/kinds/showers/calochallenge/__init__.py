"""Inputs of classifiers and histograms as the CaloChallenge defines them (arXiv:2410.21611)."""
