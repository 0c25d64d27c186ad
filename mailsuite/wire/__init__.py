"""Lines, literals, limits, and the transport that drives an engine."""
