"""One module per figure; each defines one Figure and is named in the config."""
