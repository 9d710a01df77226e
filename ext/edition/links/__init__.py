"""Addresses, works, and who leads to whom."""
