"""The pure core of the edition: plain data and functions, without Sphinx and without network."""
