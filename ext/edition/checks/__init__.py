"""The closed list of findings, those that text alone shows, and which markup stands in a text."""
