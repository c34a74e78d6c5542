"""View models of the planner's pages: small tables and figures made from the tables of plans.

Pure functions without a database; ``kept`` keeps what they make beside the run.
"""
