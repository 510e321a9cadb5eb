"""What changes something in the room."""
