"""The HTTP server: waitress on our own channels, listening on several addresses, alive whatever its clients do."""

from ispstatus.web.server.listener import url_of
from ispstatus.web.server.server import WebServer

__all__ = ["WebServer", "url_of"]
