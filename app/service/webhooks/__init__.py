"""Those who want to be told of events: who they are, what waits for them, and its delivery."""
