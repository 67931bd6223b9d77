"""The same service without a graceful shutdown: SIGTERM ends it at once."""

import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Idle time of a connection in seconds, sent to clients in `Keep-Alive`.
    timeout = 5

    def do_GET(self):
        wanted = parse_qs(urlparse(self.path).query)
        time.sleep(int(wanted.get("ms", ["0"])[0]) / 1000)
        self.answer(200, "done\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Keep-Alive", f"timeout={self.timeout}")
        self.send_header("X-Pod", os.environ.get("POD_NAME", ""))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # `server_close` waits for the requests in flight.
    daemon_threads = False
    # Size of the listen backlog; the default of 5 drops connections of a burst.
    request_queue_size = 128


if __name__ == "__main__":
    Server(("", int(os.environ["PORT"])), Handler).serve_forever()
