"""One read of a CSV file by a Python peer: `python read_csv.py pandas|polars FILE`. Prints one JSON document."""

import json
import resource
import sys
import time

peer, path = sys.argv[1:3]
if peer == "pandas":
    import pandas

    read = lambda: pandas.read_csv(path)
else:
    import polars

    read = lambda: polars.read_csv(path, try_parse_dates=True)

cpu, start = time.process_time(), time.perf_counter()
table = read()
seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"nRows": len(table), "seconds": seconds, "cpuSeconds": cpu_seconds, "peakMiB": peak}))
