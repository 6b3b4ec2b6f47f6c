"""The census forest of the peers: 100 trees on the same file, in the form that each server loads."""
import json
import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

census, folder = sys.argv[1], Path(sys.argv[2])
table = pd.read_csv(census, skipinitialspace=True)
target = table.pop("income")
texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
columns = ColumnTransformer([("texts", encoder, texts)], remainder="passthrough")
forest = make_pipeline(columns, RandomForestClassifier(n_estimators=100, random_state=7, n_jobs=1))
forest.fit(table, target)
if "mlflow" in sys.argv:
    import mlflow.sklearn

    mlflow.sklearn.save_model(forest, str(folder / "mlflow"), serialization_format="cloudpickle", pip_requirements=[])
else:
    joblib.dump(forest, folder / "forest.joblib")
    settings = {
        "name": "forest",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(folder / "forest.joblib")},
    }
    (folder / "model-settings.json").write_text(json.dumps(settings))
