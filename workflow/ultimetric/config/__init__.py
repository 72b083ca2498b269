"""The typed config of a study: one model per section, and one sentence on each mistake."""
