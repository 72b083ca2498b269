"""Networks that generators are made of; they know no generator."""
