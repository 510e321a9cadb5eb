"""What changes something."""
