"""The product's server over a database, with two routes of the benchmark's own. A child of bench_history.

``/bench/kept/NAME`` sends the bytes of a file as the product sends its answer; ``/bench/later`` moves the clock on by
one bucket, so that no answer made before can be used again.
"""

import sys
import threading
from pathlib import Path

from flask import Flask, Response

from ispstatus.clock import SYSTEM
from ispstatus.queries.history import prepare
from ispstatus.store.buckets import BUCKET
from ispstatus.web.factory import create_app
from ispstatus.web.server import WebServer
from tests.web.box import NOW, Box, Hands


def add_routes(app: Flask, hands: Hands, folder: Path) -> None:
    """Add the benchmark's routes; kept answers lie in ``folder``."""
    kept = {path.name: path.read_bytes() for path in folder.glob("*.kept")}

    @app.get("/bench/kept/<name>")
    def send(name: str) -> Response:
        response = Response(kept[name], mimetype="application/json", headers={"Content-Encoding": "gzip"})
        response.headers.update({"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
        return response

    @app.get("/bench/later")
    def later() -> str:
        hands.wall_s += BUCKET
        return ""


def main() -> None:
    """Serve the database that is named, on a free port, until killed."""
    database, hands = Path(sys.argv[1]), Hands(wall_s=NOW.timestamp())
    deps = Box(database, hands).deps()
    for report in deps.last_reports():  # as the daemon does when it starts
        prepare(deps.reader, report.uplink, deps.now())
    app = create_app(deps)
    add_routes(app, hands, database.parent)
    server = WebServer(
        app,
        ("127.0.0.1:0",),
        SYSTEM,
        on_ready=lambda addresses: print("ready", addresses[0].rpartition(":")[2], flush=True),
    )
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
