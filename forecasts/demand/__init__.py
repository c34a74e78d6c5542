"""Demand: from histories to quantiles of every series, period by period."""
