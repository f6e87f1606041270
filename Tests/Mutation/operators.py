"""Mutants of C code: copies that differ in one place, as a slip of the hand would make them."""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<preprocessor>^[ \t]*\#(?:\\\n|[^\n])*)
      | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<number>0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)?[uUlLfF]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[uUlLfF]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
OPENING, CLOSING = "([{", ")]}"
# What ends a term of a sum; a whole sum ends at these less the signs of addition.
ENDS_SUM = {"<", ">", "<=", ">=", "==", "!=", "&&", "||", "?", ":", ";", ",", "<<", ">>", "&", "|", "^",
            "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "return", "else", "case"}
ENDS_TERM = ENDS_SUM | {"+", "-"}
LIMITS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
EXTREMES = {"ck_minimum": "ck_maximum", "ck_maximum": "ck_minimum", "fmin": "fmax", "fmax": "fmin",
            "fminf": "fmaxf", "fmaxf": "fminf"}
NOT_CODE = re.compile(r"static_assert|__attribute__|__builtin_prefetch")
# What stands before the name in a declaration, whose brackets hold a length.
DECLARATION = re.compile(r"\b[a-z_]\w*[ *]+$")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclass(frozen=True)
class Mutant:
    file: str
    line: int
    kind: str
    begin: int
    end: int
    after: str

    def applied(self, source: str) -> str:
        return source[: self.begin] + self.after + source[self.end :]


def tokens_of(source: str) -> list[Token]:
    found = (Token(m.lastgroup or "", m.group(), m.start(), m.end()) for m in TOKEN.finditer(source))
    return [t for t in found if t.kind not in ("comment", "preprocessor") and not t.text.isspace()]


def is_operand(token: Token) -> bool:
    """Whether an expression can end with the token, so that a sign behind it has two operands."""
    if token.text in ("return", "case", "else", "sizeof"):
        return False
    return token.kind in ("number", "name") or token.text in (")", "]")


def reach(tokens: list[Token], start: int, step: int, ends: set[str]) -> int:
    """The last index, walking from start by step, before what ends an operand."""
    depth, index = 0, start
    inward, outward = (OPENING, CLOSING) if step > 0 else (CLOSING, OPENING)
    while 0 <= index < len(tokens):
        text = tokens[index].text
        if text in outward:
            if depth == 0:
                break
            depth -= 1
        elif text in inward:
            depth += 1
        elif depth == 0 and text in ends:
            first = step > 0 and index == start
            sign_of_number = text in "+-&" and (index == 0 or not is_operand(tokens[index - 1]))
            if not first and not sign_of_number:
                break
        index += step
    return index - step


def mutants_of(file: str, source: str) -> list[Mutant]:
    """All mutants of a file, in the order of their places."""
    tokens = tokens_of(source)
    lines = source.split("\n")
    found: list[Mutant] = []

    def add(kind: str, begin: int, end: int, after: str) -> None:
        line = source.count("\n", 0, begin) + 1
        if not NOT_CODE.search(lines[line - 1]) and source[begin:end] != after:
            found.append(Mutant(file, line, kind, begin, end, after))

    def text(first: int, last: int) -> str:
        return source[tokens[first].begin : tokens[last].end]

    lengths: set[int] = set()
    for index, token in enumerate(tokens[:-1]):
        before = tokens[index - 1] if index else token
        if token.text == "[" and before.kind == "name":
            statement = source[source.rfind("\n", 0, before.begin) + 1 : before.begin]
            closing = reach(tokens, index + 1, 1, set())
            words = DECLARATION.search(statement)
            last_word = statement.split()[-1] if statement.split() else ""
            if words and last_word not in ("return", "else", "=", "&", "*"):
                lengths.update(range(index, closing + 2))
        if index in lengths:
            continue
        binary = is_operand(before) and index > 0
        if token.text in "+-" and binary:
            add("sign", token.begin, token.end, "-" if token.text == "+" else "+")
            last = reach(tokens, index + 1, 1, ENDS_TERM)
            add("dropped term", token.begin, tokens[last].end, "")
            if token.text == "-":
                first = reach(tokens, index - 1, -1, ENDS_SUM)
                swapped = f"({text(index + 1, last)}) - ({text(first, index - 1)})"
                add("swapped operands", tokens[first].begin, tokens[last].end, swapped)
        elif token.text == "-" and not binary:
            add("sign", token.begin, token.end, "")
        elif token.text in LIMITS and binary:
            add("limit", token.begin, token.end, LIMITS[token.text])
        elif token.text in ("+=", "-="):
            add("sign", token.begin, token.end, "-=" if token.text == "+=" else "+=")
            add("dropped sum", token.begin, token.end, "=")
        elif token.text in EXTREMES and tokens[index + 1].text == "(":
            # Its own definition calls nothing, and a macro's name is no function.
            if not source[source.rfind("\n", 0, token.begin) + 1 : token.begin].startswith("static"):
                add("extreme", token.begin, token.end, EXTREMES[token.text])
        elif token.kind == "number":
            add("constant", token.begin, token.end, f"({token.text} + 1)")
        elif token.text == "[" and is_operand(before):
            last = reach(tokens, index + 1, 1, set())
            add("index", token.begin, tokens[last].end, f"[{text(index + 1, last)} + 1")
    return found
