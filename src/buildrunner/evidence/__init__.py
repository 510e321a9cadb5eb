"""What proves a criterion: checks, evidence records, and the decision whether work is proven."""
