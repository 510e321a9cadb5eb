"""The room in the API."""
