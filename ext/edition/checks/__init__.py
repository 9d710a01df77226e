"""What a source may bring into the site."""
