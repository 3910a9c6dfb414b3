"""进门: who may come in, as whom, and what is kept of it."""
