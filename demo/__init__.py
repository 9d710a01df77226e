"""A sample blog of our own, and its edition made from nothing: the whole life of a post in two minutes."""
