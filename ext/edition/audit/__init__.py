"""Coverage, criteria, grades and the one summary, with its outputs."""
