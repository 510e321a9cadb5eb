"""What the room hands out."""
