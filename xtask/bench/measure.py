"""Runs a command and prints what it cost, as JSON: exit code, wall seconds, CPU seconds and peak memory of it and its
children. `measure.py <command>...`; what the command prints goes to the file named in MEASURE_OUT."""
import json
import os
import resource
import subprocess
import sys
import time

begun = time.monotonic()
with open(os.environ.get("MEASURE_OUT", os.devnull), "wb") as out:
    code = subprocess.run(sys.argv[1:], stdout=out, stderr=subprocess.STDOUT, check=False).returncode
wall = time.monotonic() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "rss_mib": used.ru_maxrss / 1024}))
