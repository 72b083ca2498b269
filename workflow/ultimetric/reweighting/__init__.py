"""A sample refined by its weights, and judged by a classifier that had no part in them."""
