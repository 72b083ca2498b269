"""A sample refined by its weights, and tested by a classifier that had no part in them."""
