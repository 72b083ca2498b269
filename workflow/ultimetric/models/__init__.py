"""Networks of generators and regressors; they import no generator."""
