"""The shapes that the database has had, each a step from the one before."""
