"""Analytics by API."""
