"""Simulated halls that judge what is forecast and recommended: days as events, with the truth about them kept apart."""
