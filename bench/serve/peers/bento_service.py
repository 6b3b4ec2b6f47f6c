"""The forest behind BentoML's own API class."""
import os

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Forest:
    def __init__(self):
        self.forest = joblib.load(os.environ["FOREST"])

    @bentoml.api
    def predict(self, rows: list[dict]) -> list[list[float]]:
        return self.forest.predict_proba(pd.DataFrame(rows)).tolist()
