"""The pages of a tenant's settings."""
