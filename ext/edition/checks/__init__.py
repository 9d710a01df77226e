"""What a source may bring into the site, the list of findings, and whether formulas hold when they are computed."""
