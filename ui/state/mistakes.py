"""What is wrong with a value that was given, where pydantic's own words speak to programmers."""

from collections.abc import Mapping
from typing import Any

MUST = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be a text",
    "list": "must be a list",
    "tuple": "must be a list",
    "dict": "must be an object",
    "mapping": "must be an object",
    "model": "must be an object",
}
BY_KIND = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_unicode": "holds half a character, which no word has",
    "string_too_short": "is too short: at least {min_length} characters",
    "string_too_long": "is too long: at most {max_length} characters",
    "too_short": "must have at least {min_length} parts",
    "too_long": "must have at most {max_length} parts",
    "literal_error": "must be {expected}",
}


def mistake(name: str, found: Mapping[str, Any]) -> str:
    """Return what is wrong with what goes by `name`, by one of pydantic's errors.

    >>> mistake("it", {"type": "greater_than_equal", "ctx": {"ge": 1}, "msg": "Input should be …"})
    'it must be at least 1'
    >>> mistake("“k”", {"type": "int_parsing", "msg": "Input should be a valid integer, unable to parse …"})
    '“k” must be a whole number'
    """
    kind, context = str(found["type"]), found.get("ctx") or {}
    if kind in BY_KIND:
        return f"{name} {BY_KIND[kind].format_map(context)}"
    begun, _, rest = kind.partition("_")
    if begun in MUST and rest in {"type", "parsing", "from_float", "parsing_size", "attributes_type"}:
        return f"{name} {MUST[begun]}"
    return f"{name}: {str(found['msg']).removeprefix('Value error, ').rstrip('.')}"
