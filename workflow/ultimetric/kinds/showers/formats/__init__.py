"""Files of showers."""
