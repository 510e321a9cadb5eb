"""Requests, problems and the ASGI front."""
