"""Forecasts of demand and lead times, and what a plan takes from them."""
