"""Sign-in: who is who, for how long, and what they may do."""
