"""moto's own application behind a small server that answers one request at a time.

One at a time, because moto's stores are plain dictionaries: a list that is read while another thread adds to it fails. AWS has
no such gap, so a test must not fall into it.

A server of its own, because moto's (werkzeug) starts a thread and closes the connection for every request: two thirds of the
time of the suite's stories went into that, into coloured logs and into listing moto's own folder anew. Connections stay open
here, and an answer is one write."""
import functools
import io
import os
import selectors
import socket
import sys
import traceback
from urllib.parse import unquote_to_bytes

# Headers for browsers.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"

from moto import backends
from moto.core import responses
from moto.server import DomainDispatcherApplication, create_backend_app

END = b"\r\n\r\n"
NO_REASON = b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"

modules = frozenset(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: modules
responses.method_names_from_class = functools.cache(responses.method_names_from_class)


def quiet_app(service):
    app = create_backend_app(service)
    app.debug = False
    return app


moto = DomainDispatcherApplication(quiet_app)


class Request:
    """One request, as the bytes of its head say it."""

    def __init__(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            name, value = name.upper().replace("-", "_"), value.strip()
            self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value
        self.length = int(self.headers.get("CONTENT_LENGTH", 0))
        self.waits = self.headers.get("EXPECT", "").lower() == "100-continue"
        self.last = self.headers.get("CONNECTION", "").lower() == "close"

    def environ(self, body, port):
        path, _, query = self.target.partition("?")
        environ = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.target,
            "REQUEST_URI": self.target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
        return environ


def answer(request, body, port):
    told = []
    try:
        application = moto(request.environ(body, port), lambda status, headers, error=None: told.append((status, headers)))
        data = b"".join(application)
        status, headers = told[-1]
    except Exception:
        # As any server: what the application does not catch is a 500, and the next request is answered.
        traceback.print_exc()
        status, headers, data = "500 Internal Server Error", [("content-type", "text/html")], NO_REASON
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
    if request.last:
        # Else whoever keeps connections would send the next request where nobody reads any more.
        lines.append("connection: close")
    # Whoever started this counts these lines.
    os.write(2, f'"{request.method} {request.target} HTTP/1.1" {status}\n'.encode())
    return "\r\n".join(lines).encode("latin-1") + END + (b"" if request.method == "HEAD" else data)


def serve(connection, received, port):
    """Answers all that has come in whole, and says whether more may come; what is not whole waits for the rest."""
    while (end := received.find(END)) >= 0:
        request = Request(bytes(received[:end]))
        whole = end + len(END) + request.length
        if len(received) < whole:
            if request.waits and len(received) == end + len(END):
                connection.sendall(b"HTTP/1.1 100 Continue" + END)
            return True
        body = bytes(received[end + len(END) : whole])
        del received[:whole]
        connection.sendall(answer(request, body, port))
        if request.last:
            return False
    return True


def run():
    door = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = door.getsockname()[1]
    waiting = selectors.DefaultSelector()
    waiting.register(door, selectors.EVENT_READ, None)
    print(f" * Running on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                connection, _ = door.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting.register(connection, selectors.EVENT_READ, bytearray())
                continue
            try:
                received = key.fileobj.recv(1 << 20)
                key.data.extend(received)
                open_ = bool(received) and serve(key.fileobj, key.data, port)
            except (OSError, ValueError):
                # Gone, or no request at all.
                open_ = False
            if not open_:
                waiting.unregister(key.fileobj)
                key.fileobj.close()


run()
