"""Judges that are other programs: rspamd, ClamAV, milters. Each protocol is an engine without I/O.

A judge that is down, slow or talks nonsense changes nothing: the message is put off, or goes on as
if nobody had been asked, as `[spam] when_down` says (threats S8, S16).
"""
