"""Writes pruning-fixture.json: trees that scikit-learn 1.9 prunes at several strengths. Run beside the spec."""

import json
import pathlib

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

random = np.random.RandomState(3)
rows = np.round(random.rand(120, 3) * 1000) / 8
values = np.round(rows[:, 0] + 40 * np.sin(rows[:, 1] / 20) + random.randn(120) * 8, 3)
codes = ((rows[:, 0] + random.randn(120) * 25 > 60).astype(int) + (rows[:, 2] > 80)).astype(int)
out = {"rows": rows.tolist(), "values": values.tolist(), "codes": codes.tolist(), "cases": []}
for task, target, model in (
    ("classification", codes, DecisionTreeClassifier),
    ("regression", values, DecisionTreeRegressor),
):
    alphas = model(random_state=0).cost_complexity_pruning_path(rows, target).ccp_alphas
    strong = np.unique(alphas)[-8:]
    for alpha in (strong[:-1] + strong[1:]) / 2:
        tree = model(random_state=0, ccp_alpha=alpha).fit(rows, target)
        predicted = tree.predict_proba(rows) if task == "classification" else tree.predict(rows)[:, None]
        out["cases"].append(
            {
                "task": task,
                "ccpAlpha": float(alpha),
                "nLeaves": int(tree.get_n_leaves()),
                "predictions": predicted.tolist(),
                "importances": tree.feature_importances_.tolist(),
            }
        )
pathlib.Path(__file__).with_name("pruning-fixture.json").write_text(json.dumps(out))
