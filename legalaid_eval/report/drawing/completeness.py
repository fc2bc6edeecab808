"""How much of what should be filled is filled: a row for each unit, a cell for each stage of a case."""

from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.grid import BLANK, SUPPRESSED, Cell, Grid, draw_keys, keys_height, shade
from legalaid_eval.report.drawing.lettering import Voice
from legalaid_eval.report.drawing.marks import VERMILION
from legalaid_eval.report.drawing.sheet import Sheet

FULL, FLOOR = 100.0, 90.0  # percent at the dark and at the light end of the scale
LOW = 95.0  # percent below which a cell has an edge of its own
MARKED = {"suppressed": SUPPRESSED, "not_due": BLANK}


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """The percentage filled in every cell; all units together stand last, below a line."""
    data = figure.data
    rows: dict[str, list[Cell]] = {}
    for line in data.itertuples():
        name = voice.text(line.place)
        rows.setdefault(_capital(name) if line.total else name, []).append(_cell(line, voice))
    heads = tuple(dict.fromkeys(_capital(voice.text(stage)) for stage in data["stage"]))
    total = len(rows) - 1 if data["total"].any() and len(rows) > 1 else None
    grid = Grid(tuple(rows), heads, tuple(map(tuple, rows.values())), total)
    keys = _keys(data, voice)
    sheet = Sheet.of(keys_height(keys) + grid.height)
    grid.draw(sheet, draw_keys(sheet, keys, 0.0))
    return sheet.figure


def _cell(line: object, voice: Voice) -> Cell:
    if line.state in MARKED:
        return MARKED[line.state]
    # 99.97 must not print as 100.0: only what is complete says so.
    shown = line.share if line.share == FULL else min(line.share, 99.9)
    words = voice.text(content.Quantity(shown, "percent", decimals=0 if shown == FULL else 1))
    fill = shade((line.share - FLOOR) / (FULL - FLOOR))
    return Cell(words, fill, VERMILION if line.share < LOW else None)


def _keys(data: object, voice: Voice) -> list[tuple[Cell, str]]:
    states = set(data["state"])
    keys = [(Cell(fill=shade(1.0)), voice.word("known"))]
    if (data["share"] < LOW).any():
        keys.append((Cell(fill=shade(0.3), edge=VERMILION), voice.word("low", limit=content.Quantity(LOW, "percent"))))
    return keys + [(mark, voice.word(state)) for state, mark in MARKED.items() if state in states]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
