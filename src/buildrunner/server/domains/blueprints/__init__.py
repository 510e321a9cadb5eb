"""Templates and packs: written once, merged into any plan."""
