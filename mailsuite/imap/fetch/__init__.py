"""FETCH: what may be asked for, what of the store it needs, and how answers are built."""
