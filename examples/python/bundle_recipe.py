"""What a recipe does to a row before it is encoded. docs/guide/recipes.md says what each step and function does."""

import math
import re
from decimal import Decimal

from bundle_steps import MS_PER_DAY, date_from_text, date_part

TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|'(?P<text>(?:[^']|'')*)'"""
    r"""|"(?P<column>(?:[^"]|"")+)"|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|<>|!=|==|[-+*/%(),<>=]))"""
)
COMPARISONS = {
    "=": "equal",
    "==": "equal",
    "!=": "unequal",
    "<>": "unequal",
    "<": "less",
    "<=": "less_or_equal",
    ">": "greater",
    ">=": "greater_or_equal",
}
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")


class Parser:
    """Reads an expression to a tree: ("literal", value), ("column", name) or (function, argument, …)."""

    def __init__(self, source):
        self.tokens, at, end = [], 0, len(source.rstrip())
        while at < end:
            match = TOKEN.match(source, at)
            if match is None:
                raise ValueError("an expression of the recipe cannot be read")
            kind, text = match.lastgroup, match.group(match.lastgroup)
            quote = {"text": "'", "column": '"'}.get(kind)
            self.tokens.append((kind, text.replace(quote * 2, quote) if quote else text))
            at = match.end()
        self.tokens.append(("end", ""))

    def is_sign(self, *signs):
        return self.tokens[0][0] == "sign" and self.tokens[0][1] in signs

    def takes(self, word):
        kind, text = self.tokens[0]
        is_there = (kind == "name" and text.lower() == word) or (kind == "sign" and text == word)
        if is_there:
            self.tokens.pop(0)
        return is_there

    def either(self):
        left = self.both()
        while self.takes("or"):
            left = ("or", left, self.both())
        return left

    def both(self):
        left = self.negation()
        while self.takes("and"):
            left = ("and", left, self.negation())
        return left

    def negation(self):
        return ("not", self.negation()) if self.takes("not") else self.comparison()

    def comparison(self):
        left = self.sum()
        if self.is_sign(*COMPARISONS):
            return (COMPARISONS[self.tokens.pop(0)[1]], left, self.sum())
        if self.takes("is"):
            is_negated = self.takes("not")
            self.takes("null")
            found = ("is_missing", left)
        elif self.tokens[0][1].lower() in ("in", "not") and self.tokens[0][0] == "name":
            is_negated = self.takes("not")
            self.takes("in")
            found = ("in", left, *self.arguments())
        else:
            return left
        return ("not", found) if is_negated else found

    def sum(self):
        left = self.product()
        while self.is_sign("+", "-"):
            name = {"+": "add", "-": "subtract"}[self.tokens.pop(0)[1]]
            left = (name, left, self.product())
        return left

    def product(self):
        left = self.signed()
        while self.is_sign("*", "/", "%"):
            name = {"*": "multiply", "/": "divide", "%": "remainder"}[self.tokens.pop(0)[1]]
            left = (name, left, self.signed())
        return left

    def signed(self):
        return ("negate", self.signed()) if self.takes("-") else self.primary()

    def primary(self):
        kind, text = self.tokens.pop(0)
        if kind == "number":
            return ("literal", float(text))
        if kind in ("text", "column"):
            return ("literal" if kind == "text" else "column", text)
        word = text.lower()
        if kind == "sign":
            inner = self.either()
            self.takes(")")
            return inner
        if word == "case":
            return self.cases()
        if self.is_sign("("):
            return (word, *self.arguments())
        constants = {"true": True, "false": False, "null": None}
        return ("literal", constants[word]) if word in constants else ("column", text)

    def cases(self):
        self.takes("when")
        condition = self.either()
        self.takes("then")
        value, otherwise = self.either(), ("literal", None)
        if self.tokens[0][1].lower() == "when":
            return ("if", condition, value, self.cases())
        if self.takes("else"):
            otherwise = self.either()
        self.takes("end")
        return ("if", condition, value, otherwise)

    def arguments(self):
        self.takes("(")
        found = []
        while not self.takes(")"):
            found.append(self.either())
            self.takes(",")
        return found


def rounded(x):
    whole = math.trunc(x)
    return float(whole + math.copysign(1, x)) if abs(x - whole) >= 0.5 else float(whole)


def number_from_text(text):
    return float(text.strip()) if DECIMAL.fullmatch(text.strip()) else None


def date(text):
    try:
        return date_from_text(text) if PLAIN_DATE.fullmatch(text) else None
    except ValueError:
        return None


def capital(character):
    """One character for one."""
    upper, title = character.upper(), character.title()
    if len(upper) == 1:
        return upper
    return "\u1e9e" if character == "\u00df" else title if len(title) == 1 else character


def substring(text, start, count):
    first = math.floor(start) - 1
    return None if first < 0 or count < 0 else text[first : first + math.floor(count)]


# Missing where an argument is.
FUNCTIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "remainder": math.fmod,
    "negate": lambda a: -a,
    "equal": lambda a, b: a == b,
    "unequal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_or_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_or_equal": lambda a, b: a >= b,
    "not": lambda a: not a,
    "abs": abs,
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
    "round": rounded,
    "sqrt": math.sqrt,
    "ln": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "power": math.pow,
    "least": min,
    "greatest": max,
    "lower": lambda a: "".join(c.lower()[0] for c in a),
    "upper": lambda a: "".join(map(capital, a)),
    "trim": lambda a: a.strip(" "),
    "length": lambda a: float(len(a)),
    "substring": substring,
    "concat": lambda *texts: "".join(texts),
    "contains": lambda a, b: b in a,
    "starts_with": lambda a, b: a.startswith(b),
    "ends_with": lambda a, b: a.endswith(b),
    "replace": lambda a, b, c: a.replace(b, c) if b else a,
    "number": number_from_text,
    "date": date,
    **{part: (lambda a, part=part: date_part(a, part)) for part in ("year", "month", "day", "weekday", "hour")},
    "date_diff_days": lambda a, b: float(b // MS_PER_DAY - a // MS_PER_DAY),
}


def evaluate(tree, row):
    name, *parts = tree
    if name == "literal":
        return parts[0]
    if name == "column":
        return row.get(parts[0])
    if name == "if":
        return evaluate(parts[1] if evaluate(parts[0], row) is True else parts[2], row)
    values = [evaluate(part, row) for part in parts]
    if name == "is_missing":
        return values[0] is None
    if name == "coalesce":
        return next((value for value in values if value is not None), None)
    if name in ("and", "or"):
        decides = name == "or"
        return decides if decides in values else None if None in values else not decides
    if name == "in":
        wanted, *others = values
        if wanted is None:
            return None
        return True if wanted in others else None if None in others else False
    if None in values:
        return None
    try:
        result = FUNCTIONS[name](*values)
    except (ArithmeticError, ValueError):
        return None
    return None if isinstance(result, float) and not math.isfinite(result) else result


def retyped(value, kind):
    if isinstance(value, str) and kind != "text":
        word = "".join(c.lower()[0] for c in value.strip(" "))
        booleans = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if kind == "boolean":
            return booleans.get(word)
        return number_from_text(value) if kind == "number" else date(value.strip(" "))
    if isinstance(value, bool):
        return {"text": str(value).lower(), "number": float(value)}.get(kind, value)
    return {1: True, 0: False}.get(value) if kind == "boolean" else value


def apply_step(step, row):
    """Changes a row in place."""
    kind, name = step["step"], step.get("column")
    value = row.get(name)
    if kind == "drop":
        for dropped in step["columns"]:
            del row[dropped]
    elif kind == "rename":
        row[step["to"]] = row.pop(name)
    elif kind == "retype":
        row[name] = retyped(value, step["type"])
    elif kind == "missing":
        row[name] = None if value in step["markers"] else value
    elif kind == "fill":
        row[name] = step["value"] if value is None else value
    elif kind == "clip":
        if value is not None:
            row[name] = min(max(value, step.get("minimum", value)), step.get("maximum", math.inf))
    elif kind == "derive":
        row[name] = evaluate(Parser(step["expression"]).either(), row)
    elif kind == "split_date":
        for part in step["parts"]:
            row[f"{name}_{part}"] = None if value is None else date_part(value, part)
    elif kind == "group_rare":
        row[name] = value if value is None or value in step["keep"] else step["into"]
    else:
        raise ValueError("this script does not know a step of the recipe")


def read_cell(value, kind):
    if value in (None, ""):
        return None
    if kind == "date":
        return date_from_text(value) if isinstance(value, str) else float(value)
    return {"number": float, "boolean": bool, "text": str}[kind](value)


def number_text(number):
    """As JavaScript writes it: all digits up to 1e21 and down to 1e-6."""
    if number == 0:
        return "0"
    if 1e-6 <= abs(number) < 1e21:
        text = format(Decimal(repr(number)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return re.sub(r"\.0(?=e)|e([+-])0", lambda m: f"e{m[1]}" if m[1] else "", repr(number))


def written(value, kind):
    """A cell as the encoder of a column of this type takes it."""
    if kind == "text" and isinstance(value, bool):
        return str(value).lower()
    return number_text(value) if kind == "text" and isinstance(value, float) else value


def apply_recipe(recipe, inputs, sent):
    row = {column["name"]: read_cell(sent[column["name"]], column["type"]) for column in inputs}
    for step in recipe["steps"]:
        apply_step(step, row)
    return {column["name"]: written(row.get(column["name"]), column["type"]) for column in recipe["inputs"]}
