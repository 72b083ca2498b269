"""Files of jets."""
