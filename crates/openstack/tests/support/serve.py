"""Serves a WSGI application on a port of this machine, one request after the other, and writes a line for each answer:
`serve.py <port> <module>:<name> <word> ...`, where the words are what the application finds on its command line."""
import importlib
import socketserver
import sys
from wsgiref import simple_server


class Handler(simple_server.WSGIRequestHandler):
    # Head and body go out together; else the second waits until the first is acknowledged.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format, *words):
        print("answered", self.path, file=sys.stderr, flush=True)


class Server(simple_server.WSGIServer):
    request_queue_size = 128

    def server_bind(self):
        # The library would look up our name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address
        self.setup_environ()


port, application, *sys.argv = sys.argv[1:]
module, name = application.split(":")
sys.argv = sys.argv or [module]
server = Server(("127.0.0.1", int(port)), Handler)
server.set_app(getattr(importlib.import_module(module), name))
server.serve_forever()
