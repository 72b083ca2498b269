"""Spline flows on zuko; the masked ones are inverted exactly at the cost of one pass."""
