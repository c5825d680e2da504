"""Empties the server."""
import os
import urllib.request

urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"].rstrip("/") + "/moto-api/reset", data=b"")
