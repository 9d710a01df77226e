"""What the two indexes hold."""
