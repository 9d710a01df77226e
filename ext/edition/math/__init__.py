"""TeX: tokens, rows and numbers, identity, and what the engine makes of it."""
