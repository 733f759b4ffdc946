"""The far end: wire formats (``wire``, pure) and the server that answers probes; runs alone on any host."""
