"""Whether what users write has the form it must have, said in sentences."""
