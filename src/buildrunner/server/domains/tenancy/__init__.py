"""Floor 2: organizations, projects, memberships, roles and API keys."""
