"""Names and values that users write, said in sentences."""
