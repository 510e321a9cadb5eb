"""Talk about the plan: comments in threads, mentions, promotion, links to issues elsewhere."""
