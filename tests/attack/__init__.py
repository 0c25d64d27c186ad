"""Attacks on a running suite, over real sockets."""
