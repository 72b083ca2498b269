"""Published data sets: what they are, and their files in a cache of the user."""
