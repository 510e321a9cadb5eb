"""Reads: webhooks and their log, who watches what, and a person's inbox."""
