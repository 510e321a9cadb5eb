"""Models: providers, profiles, routing, the gateway, explanations."""
