"""The tools of `br mcp` for agents that reach the server alone: Model Context Protocol over HTTP."""
