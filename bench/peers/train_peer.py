"""Fits Python peers on prepared data sets and prints the figures of each job as one JSON line.

Called by bench/train: `python train_peer.py JOBS.json`. A job names the peer, its parameters and the binary files
(64-bit floats, features column by column), the same bytes that our own side reads.
"""

import json
import resource
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
    started, started_cpu = time.perf_counter(), time.process_time()
    model.fit(x, y)
    fitted, fitted_cpu = time.perf_counter(), time.process_time()
    predicted = model.predict(x_test)
    ended, ended_cpu = time.perf_counter(), time.process_time()
    if job["task"] == "classification":
        score = float((predicted == y_test).mean())
    else:
        residual = float(((y_test - predicted) ** 2).sum())
        score = 1 - residual / float(((y_test - y_test.mean()) ** 2).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "fitSeconds": fitted - started,
        "fitCpuSeconds": fitted_cpu - started_cpu,
        "predictSeconds": ended - fitted,
        "predictCpuSeconds": ended_cpu - fitted_cpu,
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
