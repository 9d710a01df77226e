"""The posts as text: two layers, the catalogue, their names, topics, series and shelves."""
