"""The shells: use cases, command line, API and planner pages."""
