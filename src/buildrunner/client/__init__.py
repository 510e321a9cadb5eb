"""The typed client of the BuildRunner API."""
