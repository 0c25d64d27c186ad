"""Configuration: read and checked."""
