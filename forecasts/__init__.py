"""History in, forecast tables out. No model yet: plans use the demand table as it stands."""
