"""Steps of preprocessing of events."""
