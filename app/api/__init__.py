"""The API under /api/v1: parse, call one use case, answer."""
