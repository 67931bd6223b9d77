"""A service that drops no request during a rollout. After SIGTERM it fails its readiness probe and keeps serving through the
propagation delay, with `Connection: close` on every response. Then it closes the listener and finishes the requests in flight."""

import os
import signal
import threading

from naive import Handler, Server

# In seconds; longer than any load balancer takes to learn that the endpoint is terminating.
PROPAGATION_DELAY = 10

draining = threading.Event()


class GracefulHandler(Handler):
    def do_GET(self):
        if self.path == "/ready":
            self.answer(503 if draining.is_set() else 200, "")
        else:
            super().do_GET()

    def end_headers(self):
        if draining.is_set():
            self.send_header("Connection", "close")
        super().end_headers()


def drain(*_):
    draining.set()
    # In another thread: `shutdown` waits for `serve_forever`, which this signal handler interrupts.
    threading.Timer(PROPAGATION_DELAY, server.shutdown).start()


server = Server(("", int(os.environ["PORT"])), GracefulHandler)
signal.signal(signal.SIGTERM, drain)
server.serve_forever()
# Closes the listener, then waits for every connection. An idle connection ends after the timeout of the handler.
server.server_close()
