"""Sphinx extensions of the annotated edition; the pure core is in ``ext.edition``."""
