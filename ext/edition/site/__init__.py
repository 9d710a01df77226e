"""What the whole edition shares: its settings, files, errors, YAML, colours."""
