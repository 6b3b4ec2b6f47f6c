"""Fits Python peers on prepared data sets and prints the figures of each job as one JSON line.

Called by bench/train: `python train_peer.py JOBS.json`. A job names the peer, its parameters and the binary files
(64-bit floats, features column by column), the same bytes that our own side reads.
"""

import json
import resource
import statistics
import sys
import time

import numpy as np


def load(job, part):
    n, d = job[part]["nSamples"], job["nFeatures"]
    x = np.fromfile(job[part]["features"], dtype="<f8").reshape(d, n).T
    y = np.fromfile(job[part]["target"], dtype="<f8")
    return x, (y if job["task"] == "regression" else y.astype(np.int64))


def make(job):
    peer, options, threads = job["peer"], job["parameters"], job["threads"]
    classification = job["task"] == "classification"
    if peer == "lightgbm":
        import lightgbm

        kind = lightgbm.LGBMClassifier if classification else lightgbm.LGBMRegressor
        return kind(n_jobs=threads, random_state=job["seed"], verbose=-1, **options)
    if peer == "xgboost":
        import xgboost

        kind = xgboost.XGBClassifier if classification else xgboost.XGBRegressor
        return kind(n_jobs=threads, random_state=job["seed"], tree_method="hist", **options)
    import importlib

    module, name = job["peerClass"].rsplit(".", 1)
    kind = getattr(importlib.import_module(module), name)
    names = kind().get_params()
    extra = {k: v for k, v in {"n_jobs": threads, "random_state": job["seed"]}.items() if k in names}
    return kind(**extra, **options)


def timed(work):
    cpu, started = time.process_time(), time.perf_counter()
    result = work()
    return (time.perf_counter() - started, time.process_time() - cpu), result


def repeated(work, first, repeats):
    """All timings of the same work, the first of which is known: wall and CPU seconds."""
    timings, spent = [first], first[0]
    while len(timings) < repeats["most"] and spent < repeats["seconds"]:
        timing, _ = timed(work)
        timings.append(timing)
        spent += timing[0]
    return timings


def run(job):
    x, y = load(job, "train")
    x_test, y_test = load(job, "test")
    if job.get("impute"):
        fill = np.nanmedian(x, axis=0)
        x = np.where(np.isnan(x), fill, x)
        x_test = np.where(np.isnan(x_test), fill, x_test)
    if job.get("scale"):
        mean, spread = x.mean(axis=0), x.std(axis=0)
        spread[spread == 0] = 1
        x, x_test = (x - mean) / spread, (x_test - mean) / spread
    model = make(job)
    first_fit, _ = timed(lambda: model.fit(x, y))
    first_prediction, predicted = timed(lambda: model.predict(x_test))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    repeats = job.get("repeats", {"seconds": 0, "most": 1})
    fits = repeated(lambda: make(job).fit(x, y), first_fit, repeats)
    predictions = repeated(lambda: model.predict(x_test), first_prediction, repeats)
    if job["task"] == "classification":
        score = float((predicted == y_test).mean())
    else:
        residual = float(((y_test - predicted) ** 2).sum())
        score = 1 - residual / float(((y_test - y_test.mean()) ** 2).sum())
    return {
        "fitSeconds": statistics.median(wall for wall, _ in fits),
        "firstFitSeconds": first_fit[0],
        "fitCpuSeconds": statistics.median(cpu for _, cpu in fits),
        "predictSeconds": statistics.median(wall for wall, _ in predictions),
        "predictCpuSeconds": statistics.median(cpu for _, cpu in predictions),
        "peakMiB": peak,
        "score": score,
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = json.load(file)
    for job in jobs:
        try:
            figures = run(job)
        except Exception as error:  # a job that fails is a finding of the bench, not the end of it
            figures = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(figures), flush=True)


main()
