"""A simulated prefecture for `vigie demo`: its working days as events, and the clock by which they pass."""
