"""A local SMS gateway and a local mail sink, so that every text can be seen without sending one."""
