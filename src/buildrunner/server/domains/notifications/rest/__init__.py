"""Outbound webhooks by API."""
