"""Events whose weights are known exactly: what classifier weights are checked against."""
