"""From the config to each rule's config slice, code fingerprint and input checks."""
