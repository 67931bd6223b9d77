"""The service of server.mjs on Python's http.server. Its variables are the same."""

import contextlib
import os
import signal
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULT = os.environ.get("FAULT", "none")
NEW = os.environ.get("VERSION") == "v2"
EVERY = int(os.environ.get("EVERY", "40"))
DELAY = 2.5
SHORT_DELAY = 1.5
START = 3

began = time.monotonic()
leaving = threading.Event()
closed = threading.Event()
lock = threading.Lock()
seen = 0
idle = set()


def say(text):
    with lock:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def is_planted(request_id):
    global seen
    if request_id is None or request_id.startswith("zd-preflight"):
        return False
    with lock:
        seen += 1
        return seen % EVERY == 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0" if FAULT == "closes-always" else "HTTP/1.1"
    timeout = 2
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        idle.add(self.connection)
        super().handle_one_request()

    def finish(self):
        idle.discard(self.connection)
        super().finish()

    def do_GET(self):
        idle.discard(self.connection)
        url = urlsplit(self.path)
        if url.path == "/ready":
            return self.answer(200, "ready")
        request_id = self.headers.get("X-Request-Id")
        say(f"started {request_id}")
        body = f"hello {request_id}"
        starting = NEW and time.monotonic() - began < START
        if FAULT == "unready" and starting:
            return self.answer(503, "starting")
        if FAULT == "cold" and starting:
            time.sleep(8)
        if leaving.is_set() and FAULT == "hangs":
            threading.Event().wait()
        if leaving.is_set() and FAULT == "refuses":
            return self.answer(503, "leaving")
        if hasattr(self, "plant_" + FAULT.replace("-", "_")) and is_planted(request_id):
            say(f"planted {request_id}")
            return getattr(self, "plant_" + FAULT.replace("-", "_"))(body)
        if url.path == "/work":
            time.sleep(int(parse_qs(url.query)["ms"][0]) / 1000)
        self.answer(200, body)
        say(f"finished {request_id}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if leaving.is_set() and FAULT != "closes-always" and (FAULT != "idle" or closed.is_set()):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())

    def plant_fin(self, _):
        self.close_connection = True

    def plant_rst(self, _):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Not by `close`: the server would first shut the connection down, in order.
        os.close(self.connection.detach())

    def plant_truncated(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def plant_twice(self, body):
        self.answer(200, body)
        self.answer(200, body)

    def plant_late(self, body):
        time.sleep(8)
        self.answer(200, body)

    def plant_wrong_body(self, _):
        self.answer(200, "for somebody else")

    def plant_error(self, _):
        self.answer(500, "broken")

    def plant_executed_twice(self, body):
        say(f"started {self.headers.get('X-Request-Id')}")
        self.answer(200, body)

    plant_retrying_proxy = plant_fin


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = False

    def handle_error(self, *_):
        # A connection that its client has ended.
        pass


def drain():
    server.shutdown()
    closed.set()
    if FAULT == "idle":
        for connection in list(idle):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
    # Closes the listener, then waits for every connection.
    server.server_close()
    os._exit(0)


def cut():
    os._exit(0)


def backlog():
    # The serving thread ends, and nothing is accepted any more.
    server.shutdown()
    time.sleep(0.4)
    server.socket.close()
    time.sleep(4.5)
    os._exit(0)


def hang():
    server.socket.close()
    time.sleep(60)


def later(seconds, action):
    leaving.set()
    # Not in the signal handler: `shutdown` waits for the loop that the handler interrupts.
    threading.Timer(seconds, action).start()


TERMINATION = {
    "exit": lambda: os._exit(0),
    "ignored": lambda: None,
    "no-delay": lambda: later(0, drain),
    "cut": lambda: later(SHORT_DELAY, cut),
    "backlog": lambda: later(0.3, backlog),
    "hangs": lambda: later(DELAY, hang),
}

server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
if FAULT != "no-handler":
    signal.signal(signal.SIGTERM, lambda *_: TERMINATION.get(FAULT, lambda: later(DELAY, drain))())
threading.Thread(target=server.serve_forever, args=(0.05,)).start()
threading.Event().wait()
