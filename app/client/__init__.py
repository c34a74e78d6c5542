"""A thin client of the API."""
