"""A service that survives a rolling update: after SIGTERM it fails its readiness and serves on until every load balancer has
heard of it, telling each connection that its answer is the last one; then it finishes what is under way."""

import os
import signal
import threading

from naive import Handler, Server

# Longer than load balancers take to learn of an endpoint that is going away.
PROPAGATION_DELAY = 10

leaving = threading.Event()


class GracefulHandler(Handler):
    def do_GET(self):
        if self.path == "/ready":
            self.answer(503 if leaving.is_set() else 200, "")
        else:
            super().do_GET()

    def end_headers(self):
        if leaving.is_set():
            self.send_header("Connection", "close")
        super().end_headers()


def leave(*_):
    leaving.set()
    # Not here: `shutdown` waits for `serve_forever`, which this handler interrupts.
    threading.Timer(PROPAGATION_DELAY, server.shutdown).start()


server = Server(("", int(os.environ["PORT"])), GracefulHandler)
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
# Closes the listener, then waits for every connection: one that is idle ends by the handler's own timeout.
server.server_close()
