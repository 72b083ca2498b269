"""Figures of showers: layers as images, single showers, and the response of the detector."""
