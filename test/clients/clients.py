"""Asks a running service with the clients that people have already: each must get the labels of the native route.

Usage: clients.py URL AUTHORIZATION MODEL_ID ROWS_JSON
The model is the service's default one, and the service lends its credentials to callers that send none.
"""

import json
import sys
from urllib.parse import urlparse

import mlflow
import numpy as np
import pandas as pd
import requests
import socketio
import tritonclient.http as triton
import websocket
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

url, authorization, model, rows_json = sys.argv[1:5]
rows = json.loads(rows_json)
columns = list(rows[0])
headers = {"Authorization": authorization}
address = urlparse(url)

native = requests.post(f"{url}/models/{model}/predict", json={"rows": rows}, headers=headers, timeout=30)
native.raise_for_status()
labels = [prediction["label"] for prediction in native.json()["predictions"]]


def tensor_of(name, binary):
    values = [row[name] for row in rows]
    if any(isinstance(value, str) for value in values):
        # An empty text is what a client has for "nothing" in an array of bytes.
        tensor = triton.InferInput(name, [len(rows)], "BYTES")
        tensor.set_data_from_numpy(np.array([value or "" for value in values], dtype=object), binary_data=binary)
    else:
        tensor = triton.InferInput(name, [len(rows)], "FP64")
        array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        # JSON has no word for "not a number": only the binary form can say it.
        tensor.set_data_from_numpy(array, binary_data=binary or bool(np.isnan(array).any()))
    return tensor


def triton_client():
    client = triton.InferenceServerClient(address.netloc)
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(model, headers=headers)
    assert "name" in client.get_server_metadata()
    metadata = client.get_model_metadata(model, headers=headers)
    assert {tensor["name"] for tensor in metadata["inputs"]} == set(columns), metadata
    for binary in (False, True):
        for version in ("", "1"):
            answer = client.infer(
                model,
                [tensor_of(name, binary) for name in columns],
                model_version=version,
                outputs=[triton.InferRequestedOutput("predict", binary_data=binary)],
                headers=dict(headers),
                request_id="42",
            )
            found = [value.decode() if isinstance(value, bytes) else value for value in answer.as_numpy("predict")]
            assert found == labels, (binary, version, found)
            assert answer.get_response()["id"] == "42"
    client.close()


def triton_compressed():
    client = triton.InferenceServerClient(address.netloc)
    for algorithm in ("gzip", "deflate"):
        # The client writes its own numbers into the headers that it is given.
        answer = client.infer(
            model,
            [tensor_of(name, True) for name in columns],
            headers=dict(headers),
            request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )
        found = [value.decode() if isinstance(value, bytes) else value for value in answer.as_numpy("predict")]
        assert found == labels, (algorithm, found)
    client.close()


def mlflow_client():
    client = ScoringServerClient(address.hostname, address.port)
    client.wait_server_ready()
    assert client.get_version() == mlflow.__version__
    found = client.invoke(pd.DataFrame(rows, columns=columns)).get_predictions()
    assert list(found[0]) == labels, found


def mlflow_forms():
    frame = pd.DataFrame(rows, columns=columns)
    values = [[row[name] for name in columns] for row in rows]
    for form in (
        {"dataframe_split": {"columns": columns, "data": values}},
        {"dataframe_records": rows},
        {"instances": rows},
        {"inputs": {name: [row[name] for row in rows] for name in columns}},
    ):
        answer = requests.post(f"{url}/invocations", json=form, headers=headers, timeout=30)
        assert answer.json()["predictions"] == labels, (form, answer.text)
    csv = frame.to_csv(index=False)
    for kind in ("text/csv", "text/csv; charset=utf-8"):
        answer = requests.post(
            f"{url}/invocations", data=csv.encode(), headers={**headers, "Content-Type": kind}, timeout=30
        )
        assert answer.json()["predictions"] == labels, answer.text


def socketio_client():
    values = [[row[name] for name in columns] for row in rows]
    for transports in (["polling", "websocket"], ["websocket"]):
        client = socketio.Client()
        client.connect(url, auth={"token": authorization.removeprefix("Bearer ")}, transports=transports)
        answers = []
        client.on("prediction", answers.append)
        answer = client.call("predict", {"model": model, "input": values}, timeout=30)
        assert answer["labels"] == labels, answer
        client.emit("predict", {"model": model, "input": values})
        for _ in range(300):
            if answers:
                break
            client.sleep(0.1)
        assert answers and answers[0]["labels"] == labels, answers
        client.disconnect()


def websocket_client():
    values = [[row[name] for name in columns] for row in rows]
    connection = websocket.create_connection(
        f"ws://{address.netloc}/ws/predict", header=[f"Authorization: {authorization}"], timeout=30
    )
    connection.send(json.dumps({"model": model, "input": values}))
    answer = json.loads(connection.recv())
    assert answer["labels"] == labels, answer
    connection.close()


failed = 0
for check in (triton_client, triton_compressed, mlflow_client, mlflow_forms, socketio_client, websocket_client):
    try:
        check()
        print(f"ok      {check.__name__}", flush=True)
    except Exception as error:  # Each client is asked, whatever became of the one before.
        failed += 1
        print(f"FAILED  {check.__name__}: {type(error).__name__}: {error}", flush=True)
sys.exit(1 if failed else 0)
