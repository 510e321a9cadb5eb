"""What the room tells others."""
