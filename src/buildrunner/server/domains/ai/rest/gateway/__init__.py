"""The gateway: calls to models in the providers' own protocols, metered and held to budgets."""
