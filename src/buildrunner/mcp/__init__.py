"""The verbs of `br` for coding agents, over the Model Context Protocol."""
