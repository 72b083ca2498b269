"""Kinds of data, a folder for each: what one entry of a dataset is."""
