"""What the build checks in every document while it is read."""
