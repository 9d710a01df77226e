"""Fetch posts: list the sources, plan against the catalogue, ask politely, save each post as a unit."""
