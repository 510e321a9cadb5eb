"""A team's rules as data: read, validate, judge a change, scan for secrets."""
