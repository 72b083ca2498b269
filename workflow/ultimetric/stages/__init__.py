"""One small command per rule: python -m ultimetric.stages.<name>. Doors: read, call, write."""
