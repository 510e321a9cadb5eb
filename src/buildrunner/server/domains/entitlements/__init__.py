"""What an organization may use: tiers with their limits and features, from one catalogue."""
