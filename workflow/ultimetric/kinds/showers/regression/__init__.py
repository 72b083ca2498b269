"""The incident energy of a shower, estimated from the shower."""
