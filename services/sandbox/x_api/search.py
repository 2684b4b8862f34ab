"""X's search language as far as a school's account needs it.

Words, `from:`, `to:`, `@`, `conversation_id:`, `is:`, OR and `-`. As on X a space means AND, AND binds closer than OR,
and parentheses group.
"""

import re
from collections.abc import Callable
from typing import Final

from services.sandbox.posts import Post
from services.sandbox.x_api.problems import invalid
from services.sandbox.x_api.text import handles_in

LONGEST_QUERY: Final = 512
_TOKEN = re.compile(r'\(|\)|-?"[^"]*"|[^\s()]+')
_KINDS: Final[dict[str, Callable[[Post], bool]]] = {
    "reply": lambda post: post.kind in ("reply", "comment"),
    "quote": lambda post: post.kind == "quote",
    "retweet": lambda _: False,
}

Test = Callable[[Post], bool]


def parse(query: str, handle_of_parent: Callable[[Post], str | None]) -> Test:
    """Return the test that a query stands for.

    Raises:
        XProblem: 400 for a query that is empty, too long or not in the language.
    """
    if not 1 <= len(query) <= LONGEST_QUERY:
        message = f"The `query` query parameter length [{len(query)}] is not between 1 and {LONGEST_QUERY}"
        raise invalid("query", query, message)
    parser = _Parser(query, handle_of_parent)
    test = parser.alternatives()
    if parser.tokens:
        raise parser.error()
    return test


class _Parser:
    """Recursive descent over the tokens, last token first in `tokens`."""

    def __init__(self, query: str, handle_of_parent: Callable[[Post], str | None]) -> None:
        self.query = query
        self.tokens = _TOKEN.findall(query)[::-1]
        self._handle_of_parent = handle_of_parent

    def error(self) -> Exception:
        return invalid("query", self.query, "There were errors processing your request: check the operators of `query`")

    def alternatives(self) -> Test:
        tests = [self._sequence()]
        while self.tokens and self.tokens[-1] == "OR":
            self.tokens.pop()
            tests.append(self._sequence())
        return lambda post: any(test(post) for test in tests)

    def _sequence(self) -> Test:
        tests = []
        while self.tokens and self.tokens[-1] not in ("OR", ")"):
            tests.append(self._term())
        if not tests:
            raise self.error()
        return lambda post: all(test(post) for test in tests)

    def _term(self) -> Test:
        token = self.tokens.pop()
        if token in ("-", "-("):
            raise self.error()
        if token == "(":  # noqa: S105 - a bracket
            test = self.alternatives()
            if not self.tokens or self.tokens.pop() != ")":
                raise self.error()
            return test
        if token.startswith("-"):
            wanted = self._operator(token[1:])
            return lambda post: not wanted(post)
        return self._operator(token)

    def _operator(self, token: str) -> Test:
        name, colon, value = token.partition(":")
        wanted = value.removeprefix("@").casefold()
        if not colon or token.startswith(("#", '"')):
            return self._word(token)
        match name:
            case "conversation_id":
                return lambda post: post.root_id == value
            case "from":
                return lambda post: post.author.handle.casefold() == wanted
            case "to":
                return lambda post: (self._handle_of_parent(post) or "").casefold() == wanted
            case "is" if value in _KINDS:
                return _KINDS[value]
            case _:
                raise self.error()

    def _word(self, token: str) -> Test:
        if token.startswith("@"):
            handle = token[1:].casefold()
            return lambda post: handle in handles_in(post)
        word = token.strip('"').casefold()
        return lambda post: word in post.latest.text.casefold()
