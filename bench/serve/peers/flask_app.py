"""Flask and scikit-learn as most tutorials have it: rows in, probabilities out."""
import os

import joblib
import pandas as pd
from flask import Flask, jsonify, request

app = Flask(__name__)
forest = joblib.load(os.environ["FOREST"])


@app.post("/predict")
def predict():
    rows = pd.DataFrame(request.get_json()["rows"])
    return jsonify(probabilities=forest.predict_proba(rows).tolist())
