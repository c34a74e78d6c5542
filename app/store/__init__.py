"""The database of the service: engine, tables and migrations. Use cases call it, shells do not."""
