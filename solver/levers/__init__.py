"""Levers: every kind of decision and rule beyond the core of the model, one module a kind."""
