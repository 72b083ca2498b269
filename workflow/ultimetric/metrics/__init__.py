"""Metrics: each module defines one, which turns truth, sample and weights into table rows."""
