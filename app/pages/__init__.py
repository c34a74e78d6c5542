"""The planner's pages: read the address, call one use case, draw."""
