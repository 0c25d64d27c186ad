"""DomainKeys Identified Mail: read, verified and made (RFC 6376, 8301, 8463, 8616)."""
