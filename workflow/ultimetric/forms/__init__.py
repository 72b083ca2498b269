"""Check names and values that users write; mistakes become sentences."""
