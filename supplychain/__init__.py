"""The nouns: what a supply chain is and what can happen to it."""
