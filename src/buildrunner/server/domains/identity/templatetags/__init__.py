"""Signs of the account pages."""
