"""Policies, approvals, waivers and runs over the API."""
