"""Predicts with the ONNX model of a Trainyard bundle: rows in, as they stand in a CSV file; labels or values out.

    pip install -r requirements.txt
    python predict_onnx.py model.onnx rows.csv

`model.onnx` is in the bundle and at GET /models/{id}/onnx. docs/guide/exports.md describes inputs and outputs.
"""

import csv
import datetime
import json
import sys

import numpy as np
import onnxruntime


def number(text):
    """A number, a boolean or an ISO 8601 date (milliseconds since 1970) as a double; NaN where there is nothing."""
    if text == "":
        return np.nan
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc).timestamp() * 1000


def main(model_path, rows_path):
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    with open(rows_path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    inputs = {}
    for column in session.get_inputs():
        cells = [row[column.name].strip() for row in rows]
        is_text = column.type == "tensor(string)"
        values = np.array(cells, dtype=object) if is_text else np.array([number(cell) for cell in cells])
        inputs[column.name] = values.reshape(-1, 1)
    names = [output.name for output in session.get_outputs()]
    classes = json.loads(session.get_modelmeta().custom_metadata_map.get("classes", "[]"))
    for answers in zip(*session.run(names, inputs)):
        told = dict(zip(names, (np.asarray(answer).tolist() for answer in answers)))
        if "probabilities" in told:
            told["probabilities"] = dict(zip(map(str, classes), told["probabilities"]))
        print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:3])
