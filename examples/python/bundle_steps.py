"""From a row to the features of a model: missing values, categories, dates, scaling, neighbours."""

import bisect
import datetime
import math
from statistics import NormalDist

STEPS = [
    "recipe",
    "imputers",
    "label_encoders",
    "date_encoders",
    "missing_indicators",
    "normalize_scaler",
    "neighbor_imputer",
    "model",
]
MS_PER_DAY = 86_400_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MAX_SCALED = 1e150
EDGE = 1e-7
ENDS = [NormalDist().inv_cdf(EDGE - 2**-52), NormalDist().inv_cdf(1 - (EDGE - 2**-52))]


class RowRefused(ValueError):
    """A missing value or an unseen category where the column's policy is `error`."""


def date_from_text(text):
    """ISO 8601 as milliseconds since 1970, UTC where it names no zone."""
    moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
    return float((moment - EPOCH) // datetime.timedelta(milliseconds=1))


def civil(epoch_ms):
    """Year, month, day, and the days since 1970, of any date."""
    days = math.floor(epoch_ms / MS_PER_DAY)
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    from_march = (5 * day_of_year + 2) // 153
    month = from_march + 3 if from_march < 10 else from_march - 9
    year = year_of_era + era * 400 + (month <= 2)
    return year, month, day_of_year - (153 * from_march + 2) // 5 + 1, days


def date_part(epoch_ms, part):
    if part == "epoch_days":
        return epoch_ms / MS_PER_DAY
    year, month, day, days = civil(epoch_ms)
    if part == "day_of_year":
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        lengths = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return float(sum(lengths[: month - 1]) + day)
    parts = {
        "year": year,
        "quarter": (month + 2) // 3,
        "month": month,
        "day": day,
        "weekday": (days + 4) % 7,
        "hour": (epoch_ms - days * MS_PER_DAY) // 3_600_000,
    }
    return float(parts[part])


def murmur_hash(text):
    """MurmurHash3, x86, 32 bit, seed 0, signed."""
    data, h = text.encode("utf-8"), 0

    def rotated(x, n):
        return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF

    def scrambled(word):
        return rotated(word * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF

    n_whole = len(data) // 4 * 4
    for at in range(0, n_whole, 4):
        h ^= scrambled(int.from_bytes(data[at : at + 4], "little"))
        h = (rotated(h, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    h ^= scrambled(int.from_bytes(data[n_whole:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    return h - 2**32 if h >= 2**31 else h


def hashed(value, column, imputer):
    features = [0.0] * column["nBuckets"]
    text = imputer["fill"] if value in (None, "") else value
    if text is not None:
        h = murmur_hash(text)
        features[abs(h) % column["nBuckets"]] = -1.0 if h < 0 else 1.0
    return features


def encode_text(value, column, imputer, means):
    """One category as the features of its column, and whether it counts as missing."""
    is_missing = value in (None, "")
    if is_missing and imputer["policy"] == "error":
        raise RowRefused("a column must have a value")
    if column["encoding"] == "hashing":
        return hashed(value, column, imputer), is_missing
    categories, rare = column["categories"], column["rare"]
    slot_of = {**{text: i for i, text in enumerate(categories)}, **{text: len(categories) for text in rare}}
    rare_slot = len(categories) if column["hasRareSlot"] else None
    fill = imputer["fill"]
    missing_slot = None if fill is None else slot_of.get(fill, rare_slot)
    is_unseen = not is_missing and value not in slot_of
    if is_unseen and column["unseen"] == "error":
        raise RowRefused("a category was not seen in training")
    slot = missing_slot if is_missing else slot_of.get(value)
    if is_unseen:
        slot = rare_slot if column["unseen"] == "rare" and rare_slot is not None else missing_slot
    n_slots = len(categories) + int(column["hasRareSlot"])
    counts_as_missing = is_missing or (is_unseen and column["unseen"] == "missing")
    if column["encoding"] == "ordinal":
        return [math.nan if slot is None else float(slot)], counts_as_missing
    if column["encoding"] == "one_hot":
        return [float(i == slot) for i in range(n_slots)], counts_as_missing
    if column["encoding"] == "target":
        return [math.nan] * means.shape[1] if slot is None else list(means.row(slot)), counts_as_missing
    raise ValueError("this script does not know an encoding of the bundle")


def encode_number(value, kind, imputer, parts):
    """A number, a boolean or a date as the features of its column, and whether it is missing."""
    is_missing = value in (None, "") or value != value
    if is_missing and imputer["policy"] == "error":
        raise RowRefused("a column must have a value")
    if is_missing:
        number = math.nan if imputer["fill"] is None else float(imputer["fill"])
    elif kind == "date" and isinstance(value, str):
        number = date_from_text(value)
    else:
        number = float(value)
    if parts is None:
        return [number], is_missing
    return [math.nan if math.isnan(number) else date_part(number, part) for part in parts], is_missing


def encode_row(pipeline, tensors, inputs, row):
    """A row as the numbers that the model takes: imputed, encoded, scaled."""
    if not set(pipeline["steps"]) <= set(STEPS):
        raise ValueError("this script does not know a step of the bundle")
    indicators = pipeline.get("missing_indicators", {}).get("columns", [])
    features = []
    for place, column in enumerate(inputs):
        name, kind = column["name"], column["type"]
        value, imputer = row[name], pipeline["imputers"][name]
        if kind == "text":
            encoder = pipeline["label_encoders"]["columns"][name]
            means = tensors.get(f"label_encoders.target_means.{place}")
            found, is_missing = encode_text(value, encoder, imputer, means)
        else:
            found, is_missing = encode_number(value, kind, imputer, pipeline["date_encoders"].get(name))
        features += found
        if name in indicators:
            features.append(float(is_missing))
    scaled = scale(features, pipeline["normalize_scaler"]["kind"], tensors)
    return fill_gaps(scaled, tensors) if "neighbor_imputer" in pipeline["steps"] else scaled


def yeo_johnson(x, power):
    if power == 1:
        return x
    if x < 0:
        return -yeo_johnson_positive(-x, 2 - power)
    return yeo_johnson_positive(x, power)


def yeo_johnson_positive(x, power):
    logarithm = math.log1p(x)
    return logarithm if abs(power) < 2**-52 else math.expm1(power * logarithm) / power


def quantile_share(x, landmarks, margin):
    """The place among the landmarks, 0 to 1; the margin is that of the ends."""
    if (x - margin < landmarks[0]) if margin else (x <= landmarks[0]):
        return 0.0
    if (x + margin > landmarks[-1]) if margin else (x >= landmarks[-1]):
        return 1.0
    below, above = bisect.bisect_right(landmarks, x) - 1, bisect.bisect_left(landmarks, x)
    last = len(landmarks) - 1
    if landmarks[below] == x:
        return 0.5 * (below + above) / last
    return (below + (x - landmarks[below]) / (landmarks[above] - landmarks[below])) / last


def to_normal(share):
    if share <= 0 or share >= 1:
        return ENDS[share >= 1]
    return min(max(NormalDist().inv_cdf(share), ENDS[0]), ENDS[1])


def scale(features, kind, tensors):
    offset, divisor = (tensors[f"normalize_scaler.{name}"].data for name in ("offset", "divisor"))
    curved = list(features)
    if kind == "power":
        lambdas = tensors["normalize_scaler.lambda"].data
        curved = [x if math.isnan(x) else yeo_johnson(x, power) for x, power in zip(features, lambdas)]
    elif kind in ("quantile_uniform", "quantile_normal"):
        quantiles = tensors["normalize_scaler.quantiles"]
        for row, j in enumerate(tensors["normalize_scaler.quantile_features"].data):
            if not math.isnan(curved[j]):
                share = quantile_share(curved[j], list(quantiles.row(row)), EDGE if kind == "quantile_normal" else 0)
                curved[j] = to_normal(share) if kind == "quantile_normal" else share
    elif kind not in ("none", "min_max", "std", "robust"):
        raise ValueError("this script does not know a kind of scaling of the bundle")
    scaled = [(x - a) / b for x, a, b in zip(curved, offset, divisor)]
    return [x if math.isnan(x) else min(max(x, -MAX_SCALED), MAX_SCALED) for x in scaled]


def fill_gaps(features, tensors):
    """Each gap becomes the mean of the nearest rows of the training data that have a value there."""
    part = {name: tensors[f"neighbor_imputer.{name}"] for name in ("watched", "imputed", "n_neighbors", "fallback", "donors")}
    watched = list(part["watched"].data)
    donors = [list(part["donors"].row(i)) for i in range(part["donors"].shape[0])]
    query, filled = [features[j] for j in watched], list(features)
    distances = [distance_to(donor, query) for donor in donors]
    for k, j in enumerate(part["imputed"].data):
        if not math.isnan(features[j]):
            continue
        place = watched.index(j)
        near = sorted((d, i) for i, d in enumerate(distances) if d is not None and not math.isnan(donors[i][place]))
        nearest = near[: part["n_neighbors"].data[k]]
        values = [donors[i][place] / len(nearest) for _, i in nearest]
        filled[j] = sum(values) if nearest else part["fallback"].data[k]
    return filled


def distance_to(donor, query):
    squares = [(a - b) ** 2 for a, b in zip(query, donor) if not math.isnan(a - b)]
    return sum(squares) / len(squares) * len(query) if squares else None
