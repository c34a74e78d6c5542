"""Reasons for a plan: why something is missing, what would fix it, why not, pegging, comparison."""
