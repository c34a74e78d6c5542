"""What workers need to know of jobs: their states, and errors in words.

Kept apart from the jobs themselves, so that a worker that comes back is there at once: it loads
neither pandas nor the solver.
"""
