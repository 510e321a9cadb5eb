"""What an operator types: up, migrate, web, worker, check."""
