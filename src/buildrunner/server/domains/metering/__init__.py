"""What is used and what it costs: usage events, prices, budgets that hold."""
