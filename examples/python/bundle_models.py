"""What each algorithm makes of the features of a row; its state is `model.config` and the tensors `model.*`."""

import math


def softmax(scores):
    largest = max(scores)
    shares = [math.exp(score - largest) for score in scores]
    return [share / sum(shares) for share in shares]


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def two_classes(score):
    """One score speaks for the second of two classes."""
    return [sigmoid(-score), sigmoid(score)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


class State:
    def __init__(self, model, tensors):
        self.config, self.tensors = model["config"], tensors

    def __getitem__(self, name):
        return self.tensors[f"model.{name}"]

    def numbers(self, name):
        return self[name].data

    def rows(self, name):
        return [self[name].row(i) for i in range(self[name].shape[0])]


# Trees


def leaf_of(state, node, x):
    """Walks from a root to its leaf; gives the row of `leafValues`."""
    feature_of, flags_of, threshold_of = (state.numbers(name) for name in ("feature", "flags", "threshold"))
    left_of, sizes, bits = (state.numbers(name) for name in ("left", "nCategories", "categoryBits"))
    while feature_of[node] >= 0:
        feature, flags = feature_of[node], flags_of[node]
        value, threshold = x[feature], threshold_of[node]
        is_set = bool(flags & 2)
        if math.isnan(value) or (is_set and not 0 <= value < sizes[feature]):
            goes_right = bool(flags & 1)
        elif is_set:
            code = int(value)
            goes_right = not bits[int(threshold) + code // 32] >> code % 32 & 1
        else:
            goes_right = not value <= threshold
        node = left_of[node] + int(goes_right)
    return left_of[node]


def leaves(state, x):
    return [state["leafValues"].row(leaf_of(state, root, x)) for root in state.numbers("treeOffsets")[:-1]]


def forest(state, x):
    """The mean over the trees: one probability a class, or one value."""
    found = leaves(state, x)
    return [sum(column) / len(found) for column in zip(*found)]


def boosted_scores(state, x):
    scores = list(state.numbers("baseline"))
    for tree, values in enumerate(leaves(state, x)):
        scores[tree % len(scores)] += values[0]
    return scores


def boosted_classes(state, x):
    scores = boosted_scores(state, x)
    return two_classes(scores[0]) if len(scores) == 1 else softmax(scores)


def boosted_value(state, x):
    scores = boosted_scores(state, x)
    return [math.exp(scores[0])] if state.config.get("loss") in ("poisson", "gamma") else scores


# Linear functions and networks


def functions(state, x):
    return [dot(row, x) + b for row, b in zip(state.rows("coefficients"), state.numbers("intercepts"))]


def logistic(state, x):
    scores = functions(state, x)
    return two_classes(scores[0]) if len(scores) == 1 else softmax(scores)


def linear_scores(state, x):
    scores = functions(state, x)
    return [-scores[0], scores[0]] if len(scores) == 1 else scores


ACTIVATIONS = {"identity": lambda v: v, "logistic": sigmoid, "tanh": math.tanh, "relu": lambda v: max(v, 0.0)}


def network(state, x):
    activation, n_layers = ACTIVATIONS[state.config["activation"]], state.config["nLayers"]
    for layer in range(n_layers):
        columns = zip(*state.rows(f"weights.{layer}"))
        x = [dot(column, x) + bias for column, bias in zip(columns, state.numbers(f"biases.{layer}"))]
        if layer < n_layers - 1:
            x = [activation(value) for value in x]
    if state.config["output"] == "logistic":
        return two_classes(x[0])
    return softmax(x) if state.config["output"] == "softmax" else x


# Naive Bayes


def gaussian(state, x):
    scores = []
    for prior, means, variances in zip(state.numbers("priors"), state.rows("means"), state.rows("variances")):
        terms = (math.log(2 * math.pi * v) + (value - m) ** 2 / v for value, m, v in zip(x, means, variances))
        scores.append(prior - sum(terms) / 2)
    return softmax(scores)


def categorical(state, x):
    scores, table, offset = list(state.numbers("priors")), state.numbers("table"), 0
    for value, size in zip(x, state.numbers("sizes")):
        for k in range(len(scores)):
            # A code beyond the table, or none, says nothing of the class.
            if 0 <= value < size and value == math.floor(value):
                scores[k] += table[offset + k * size + int(value)]
        offset += size * len(scores)
    return softmax(scores)


# Neighbours, clusters and support vectors


def neighbors(state, x):
    config, p = state.config, state.config["p"]

    def reduced(point):
        differences = [abs(a - b) for a, b in zip(x, point)]
        if p in (1, 2):
            return sum(differences) if p == 1 else sum(d * d for d in differences)
        return sum(d**p for d in differences)

    near = sorted((reduced(point), i) for i, point in enumerate(state.rows("points")))[: config["nNeighbors"]]
    votes, targets = state.numbers("votes"), state.numbers("targets")
    weights = [votes[i] for _, i in near]
    if config["weighting"] == "distance":
        distances = [d ** (1 / p) for d, _ in near]
        first = distances[0]
        weights = [w * (1 if d == first else first / d) for w, d in zip(weights, distances)]
    total = sum(weights)
    if config["nClasses"] == 0:
        return [dot(weights, [targets[i] for _, i in near]) / total]
    sums = [sum(w for w, (_, i) in zip(weights, near) if targets[i] == k) for k in range(config["nClasses"])]
    return [value / total for value in sums]


def nearest_centre(state, x):
    distances = [sum((a - b) ** 2 for a, b in zip(x, centre)) for centre in state.rows("centres")]
    return [distances.index(min(distances))]


def kernel(state, vector, x):
    config = state.config
    if config["kernel"] == "rbf":
        return math.exp(-config["gamma"] * sum((a - b) ** 2 for a, b in zip(x, vector)))
    product = dot(vector, x)
    return product if config["kernel"] == "linear" else (config["gamma"] * product + config["coef0"]) ** config["degree"]


def decisions(state, x):
    likenesses = [kernel(state, vector, x) for vector in state.rows("vectors")]
    return [dot(row, likenesses) - offset for row, offset in zip(state.rows("coefficients"), state.numbers("offsets"))]


def support_vector_classes(state, x):
    """Votes of each pair of classes, and, where they are equal, the margins squeezed to less than a vote."""
    n_classes, present = state.config["nClasses"], state.config["present"]
    values = decisions(state, x)
    if n_classes == 2 and len(present) == 2:
        return [-values[0], values[0]]
    scores = [0.0 if k in present else -float(n_classes) for k in range(n_classes)]
    margins = [0.0] * n_classes
    pairs = [(a, b) for at, a in enumerate(present) for b in present[at + 1 :]]
    for (first, second), value in zip(pairs, values):
        scores[second if value > 0 else first] += 1
        margins[first] -= value
        margins[second] += value
    return [score + margin / (3 * (abs(margin) + 1)) for score, margin in zip(scores, margins)]


FOREST = ["random_forest", "extra_trees", "decision_tree"]
MODELS = {
    **{f"{name}_{task}": forest for name in FOREST for task in ("classifier", "regressor")},
    "hist_gradient_boosting_classifier": boosted_classes,
    "hist_gradient_boosting_regressor": boosted_value,
    "logistic_regression": logistic,
    **dict.fromkeys(["linear_regression", "ridge", "lasso", "elastic_net", "linear_svr"], functions),
    "linear_svc": linear_scores,
    "k_neighbors_classifier": neighbors,
    "k_neighbors_regressor": neighbors,
    "gaussian_nb": gaussian,
    "multinomial_nb": lambda state, x: softmax(functions(state, x)),
    "categorical_nb": categorical,
    "svc": support_vector_classes,
    "svr": decisions,
    "mlp_classifier": network,
    "mlp_regressor": network,
    "k_means": nearest_centre,
}


def predict_features(model, tensors, features):
    """One number a class, or one value, or the cluster."""
    if model["algorithm"] not in MODELS:
        raise ValueError("this script does not know the algorithm of the bundle")
    return MODELS[model["algorithm"]](State(model, tensors), features)
