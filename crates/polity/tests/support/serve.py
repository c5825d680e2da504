"""moto's own server, answering one request at a time: its stores are plain dictionaries, and a list that is read while
another thread adds to it fails. AWS has no such gap, so a test must not fall into it."""
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
moto.debug = True
turn = threading.Lock()


def one_at_a_time(environ, start_response):
    with turn:
        return list(moto(environ, start_response))


run_simple("127.0.0.1", 0, one_at_a_time, threaded=True)
