"""Classifiers that separate truth from sample, their calibration and their weights."""
