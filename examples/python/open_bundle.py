"""Opens a Trainyard bundle without Trainyard and computes predictions by hand.

    pip install safetensors numpy
    python open_bundle.py model.zip

Works for decision trees and random forests. It replays the golden rows of the bundle and says how far its numbers are
from the recorded ones. The format is described in docs/bundle-format.md.
"""

import datetime
import hashlib
import json
import math
import sys
import zipfile

import numpy as np
from safetensors.numpy import load


def open_bundle(path):
    """Reads a bundle and checks the length and the digest of every file in it."""
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
        "tensors": load(files["tensors.safetensors"]),
    }


def date_part(epoch_ms, part):
    if part == "epoch_days":
        return epoch_ms / 86_400_000
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=epoch_ms)
    return {
        "year": moment.year,
        "quarter": (moment.month + 2) // 3,
        "month": moment.month,
        "day": moment.day,
        "day_of_year": moment.timetuple().tm_yday,
        "weekday": moment.isoweekday() % 7,
        "hour": moment.hour,
    }[part]


def encode_text(value, column, imputer):
    """One category as the features of its column."""
    categories, rare = column["categories"], column["rare"]
    slot_of = {**{text: i for i, text in enumerate(categories)}, **{text: len(categories) for text in rare}}
    rare_slot = len(categories) if column["hasRareSlot"] else None
    fill = imputer["fill"]
    missing_slot = None if fill is None else slot_of.get(fill, rare_slot)
    unseen_slot = rare_slot if column["unseen"] == "rare" else missing_slot
    slot = missing_slot if value in (None, "") else slot_of.get(value, unseen_slot)
    if column["encoding"] == "ordinal":
        return [math.nan if slot is None else float(slot)]
    return [float(i == slot) for i in range(len(categories) + int(column["hasRareSlot"]))]


def encode_number(value, kind, imputer):
    if value in (None, ""):
        return math.nan if imputer["fill"] is None else float(imputer["fill"])
    if kind == "date":
        text = value.replace("Z", "+00:00")
        moment = datetime.datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc).timestamp() * 1000
    return float(value)


def encode(bundle, row):
    """A row as the numbers that the model takes: imputed, encoded, scaled."""
    steps, features = bundle["pipeline"], []
    encodings = {column["encoding"] for column in steps["label_encoders"]["columns"].values()}
    is_known = (
        steps["steps"] == ["imputers", "label_encoders", "date_encoders", "normalize_scaler", "model"]
        and encodings <= {"ordinal", "one_hot"}
        and steps["normalize_scaler"]["kind"] in ("none", "min_max", "std", "robust")
    )
    if not is_known:
        raise ValueError("this script does not know a step of the bundle; docs/bundle-format.md describes it")
    for column in bundle["signature"]["inputs"]:
        name, kind, value = column["name"], column["type"], row[column["name"]]
        imputer = steps["imputers"][name]
        if kind == "text":
            features += encode_text(value, steps["label_encoders"]["columns"][name], imputer)
            continue
        number = encode_number(value, kind, imputer)
        if kind != "date":
            features.append(number)
            continue
        parts = steps["date_encoders"][name]
        features += [math.nan if math.isnan(number) else date_part(number, part) for part in parts]
    offset = bundle["tensors"]["normalize_scaler.offset"]
    divisor = bundle["tensors"]["normalize_scaler.divisor"]
    return (np.array(features) - offset) / divisor


def leaf_of(tensors, node, x):
    """Walks from a root to its leaf."""
    while tensors["model.feature"][node] >= 0:
        feature = tensors["model.feature"][node]
        value, flags = x[feature], int(tensors["model.flags"][node])
        is_set, n_categories = bool(flags & 2), int(tensors["model.nCategories"][feature])
        if math.isnan(value) or (is_set and not 0 <= value < n_categories):
            goes_right = bool(flags & 1)
        elif is_set:
            word = tensors["model.categoryBits"][int(tensors["model.threshold"][node]) + int(value) // 32]
            goes_right = not (int(word) >> (int(value) % 32)) & 1
        else:
            goes_right = not value <= tensors["model.threshold"][node]
        node = int(tensors["model.left"][node]) + int(goes_right)
    return node


def predict(bundle, row):
    """The mean over the trees: one probability per class, or one value."""
    tensors, x = bundle["tensors"], encode(bundle, row)
    roots = tensors["model.treeOffsets"][:-1]
    total = np.zeros(tensors["model.leafValues"].shape[1])
    for root in roots:
        total += tensors["model.leafValues"][tensors["model.left"][leaf_of(tensors, int(root), x)]]
    return total / len(roots)


def main(path):
    bundle = open_bundle(path)
    manifest, signature, golden = bundle["manifest"], bundle["signature"], bundle["golden"]
    print(f"{manifest['model']['name']}: {manifest['algorithm']}, {len(signature['inputs'])} columns")
    row = golden["rows"][0]
    outputs = predict(bundle, row)
    print("row       ", json.dumps(row))
    print("prediction", dict(zip(signature["target"].get("classes", ["value"]), outputs.tolist())))
    pairs = zip(golden["rows"], golden["outputs"])
    distance = max(np.abs(predict(bundle, row) - np.array(expected)).max() for row, expected in pairs)
    print(f"{len(golden['rows'])} golden rows, largest difference {distance}")
    return 0 if distance < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
