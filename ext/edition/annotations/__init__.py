"""The vocabulary of annotations, what they say about each other, and figures."""
