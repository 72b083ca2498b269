"""All that depends on Snakemake itself: commands of jobs, records, locks, and the terminal."""
