"""One room per capability, on floors; imports run downward only."""
