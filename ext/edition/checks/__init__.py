"""The closed list of findings, and those that text alone shows."""
