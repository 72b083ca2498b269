"""What touches Snakemake itself: the commands of jobs, its records and locks, what it shows."""
