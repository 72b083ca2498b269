"""What is wrong with a sample, and where: findings that hold up without the classifier."""
