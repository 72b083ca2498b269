"""What one entry of a dataset is: a folder for each kind."""
