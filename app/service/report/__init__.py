"""The report of a scenario: one page that opens anywhere."""
