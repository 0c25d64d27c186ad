"""SASL (RFC 4422): mechanisms as exchanges that know no protocol and no socket, for every door."""
