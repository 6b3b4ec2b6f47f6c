"""Opens a Trainyard bundle without Trainyard and computes predictions by hand: Python 3.9 or later, no packages.

    python open_bundle.py model.zip               replays the golden rows of the bundle
    python open_bundle.py model.zip rows.json     predicts a list of rows, and prints the numbers as JSON

Knows every step and every algorithm that a bundle can hold; docs/bundle-format.md describes them. bundle_recipe.py works
on a row, bundle_steps.py makes numbers of it, bundle_models.py predicts. It is written to be read, not to be fast.
"""

import hashlib
import json
import struct
import sys
import zipfile

from bundle_models import predict_features
from bundle_recipe import apply_recipe
from bundle_steps import encode_row

TYPES = {"F64": "d", "F32": "f", "I32": "i", "U32": "I", "U16": "H", "U8": "B"}
TOLERANCE = 1e-9


class Tensor:
    """Numbers in row-major order."""

    def __init__(self, shape, data):
        self.shape, self.data = shape, data

    def row(self, index):
        width = self.shape[1]
        return self.data[index * width : (index + 1) * width]


def read_tensors(content):
    """safetensors: the length of a JSON header, the header, the data of all tensors."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        view = memoryview(content)[8 + length + start : 8 + length + end]
        tensors[name] = Tensor(entry["shape"], view.cast(TYPES[entry["dtype"]]))
    return tensors


def open_bundle(path):
    """Reads a bundle and checks the length and the digest of every file in it."""
    if sys.byteorder != "little":
        raise ValueError("tensors are read as they lie, which is little-endian")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        if manifest["format"] != "trainyard-bundle" or manifest["formatVersion"] != 1:
            raise ValueError("not a bundle of format version 1")
        files = {}
        for name, expected in manifest["entries"].items():
            content = archive.read(name)
            if len(content) != expected["nBytes"] or hashlib.sha256(content).hexdigest() != expected["sha256"]:
                raise ValueError(f"{name} is damaged")
            files[name] = content
    return {
        "manifest": manifest,
        "signature": json.loads(files["signature.json"]),
        "pipeline": json.loads(files["pipeline.json"]),
        "golden": json.loads(files["golden.json"]),
        "tensors": read_tensors(files["tensors.safetensors"]),
    }


def predict(bundle, row):
    """The numbers of the model: one a class, or one value, or the cluster."""
    pipeline, inputs = bundle["pipeline"], bundle["signature"]["inputs"]
    if "recipe" in pipeline["steps"]:
        row = apply_recipe(pipeline["recipe"], inputs, row)
        inputs = pipeline["recipe"]["inputs"]
    features = encode_row(pipeline, bundle["tensors"], inputs, row)
    return predict_features(pipeline["model"], bundle["tensors"], features)


def is_near(found, expected):
    return len(found) == len(expected) and all(
        abs(a - b) <= TOLERANCE * max(1.0, abs(b)) for a, b in zip(found, expected)
    )


def main(path, rows_path=None):
    bundle = open_bundle(path)
    if rows_path is not None:
        with open(rows_path, encoding="utf-8") as file:
            print(json.dumps([predict(bundle, row) for row in json.load(file)]))
        return 0
    manifest, signature, golden = bundle["manifest"], bundle["signature"], bundle["golden"]
    print(f"{manifest['model']['name']}: {manifest['algorithm']}, {len(signature['inputs'])} columns")
    row = golden["rows"][0]
    classes = (signature.get("target") or {}).get("classes") or ["value"]
    print("row       ", json.dumps(row))
    print("prediction", dict(zip(map(str, classes), predict(bundle, row))))
    n_same = sum(is_near(predict(bundle, row), expected) for row, expected in zip(golden["rows"], golden["outputs"]))
    print(f"{n_same} of {len(golden['rows'])} golden rows have the recorded numbers")
    return 0 if n_same == len(golden["rows"]) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
