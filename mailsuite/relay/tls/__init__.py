"""What recipients' domains say of TLS to their hosts: MTA-STS, DANE, and reports about both."""
