"""SEARCH: keys, the program made of them, and how it runs off the reactor."""
