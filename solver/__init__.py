"""Network and forecast in, plan out: the optimisation model and what explains its result."""
