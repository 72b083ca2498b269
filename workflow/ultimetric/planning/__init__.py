"""Plan a study: read its config, check it, and make the settings of each job."""
