"""The pages of outbound webhooks."""
