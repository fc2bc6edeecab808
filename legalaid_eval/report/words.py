"""The words of each language: locale files read once, and sentences made from their templates.

All YAML files of `locale/<language>/` make one nested mapping. Leaves are strings; a dotted path such as
`tables.ledger.caption` names one. A sentence is a jinja2 template whose values are worded by `Formatter`,
so a template never formats a number itself.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import jinja2
import yaml

from legalaid_eval.content import Message
from legalaid_eval.errors import LegalAidEvalError

LANGUAGES = ("zh", "en")
LOCALE = Path(__file__).with_name("locale")


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: plain YAML would silently keep the last."""


def _strict_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for position, key in enumerate(keys):
        if not isinstance(key, str):
            raise _fault(node, loader, f"key {key!r} is not text; put it in quotes")
        if key in keys[:position]:
            raise _fault(node, loader, f"key {key!r} stands twice in one mapping; keep one")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


def _fault(node: yaml.Node, loader: _StrictLoader, message: str) -> LegalAidEvalError:
    return LegalAidEvalError(message, file=loader.name, line=node.start_mark.line + 1)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _strict_mapping)


def lookup(key: str, language: str) -> str:
    """The text at the dotted path `key`; a missing key is an error that names key and language."""
    try:
        return _flat(language)[key]
    except KeyError:
        raise LegalAidEvalError(
            f"the locale '{language}' has no text '{key}'; add it to a file in report/locale/{language}/"
        ) from None


def has(key: str, language: str) -> bool:
    """Whether the locale has a text at `key`, for parts that a display may or may not have."""
    return key in _flat(language)


def keys(language: str) -> frozenset[str]:
    """All dotted paths of a language; every language has the same ones."""
    return frozenset(_flat(language))


def sentence(message: Message, language: str) -> str:
    """The message as plain text (not HTML); each fact is worded by its type."""
    template = _template(message.key, language)
    try:
        return template.render(dict(message.facts)).strip()
    except jinja2.UndefinedError as error:
        given = ", ".join(sorted(message.facts)) or "none"
        raise LegalAidEvalError(
            f"template '{message.key}' of locale '{language}': {error.message}; facts given: {given}"
        ) from error


@cache
def _template(key: str, language: str) -> jinja2.Template:
    text = lookup(key, language)
    try:
        return _environment(language).from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise LegalAidEvalError(f"template '{key}' of locale '{language}' cannot be read: {error.message}") from error


@cache
def _environment(language: str) -> jinja2.Environment:
    # Imported here because wording a value needs this module's texts: the two belong together.
    from legalaid_eval.report.formatting import formatter

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, finalize=formatter(language).text, autoescape=False
    )
    environment.filters["text"] = formatter(language).text
    environment.filters["span"] = formatter(language).span
    return environment


@cache
def _flat(language: str) -> Mapping[str, str]:
    folder = LOCALE / language
    if language not in LANGUAGES:
        raise LegalAidEvalError(f"language '{language}' is not known; use one of {', '.join(LANGUAGES)}")
    return MappingProxyType(read_locale(folder))


def read_locale(folder: Path) -> dict[str, str]:
    """Every text of a locale folder by dotted path; a path that two files define is an error."""
    texts: dict[str, str] = {}
    origin: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        for key, text in _leaves(_parse(path), path):
            if key in texts:
                raise LegalAidEvalError(f"text '{key}' is defined in {origin[key].name} too; keep one", file=path)
            texts[key], origin[key] = text, path
    _refuse_overlaps(texts, folder)
    return texts


def _parse(path: Path) -> object:
    with path.open(encoding="utf-8") as stream:
        try:
            return yaml.load(stream, Loader=_StrictLoader) or {}  # a SafeLoader: builds plain values only
        except yaml.YAMLError as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            raise LegalAidEvalError(
                f"this is not valid YAML: {getattr(error, 'problem', error)}",
                file=path,
                line=None if line is None else line + 1,
            ) from error


def _leaves(node: object, path: Path, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _leaves(child, path, f"{prefix}.{key}" if prefix else key)
    elif isinstance(node, str):
        yield prefix, node
    else:
        raise LegalAidEvalError(f"'{prefix}' is {node!r}, expected text; put it in quotes", file=path)


def _refuse_overlaps(texts: Mapping[str, str], folder: Path) -> None:
    for key in texts:
        parents = (key.rsplit(".", depth)[0] for depth in range(1, key.count(".") + 1))
        for parent in parents:
            if parent in texts:
                raise LegalAidEvalError(f"'{parent}' is both a text and a group of texts ('{key}')", file=folder)
