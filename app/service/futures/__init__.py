"""Uncertain futures: sampled, lived through, and planned for."""
