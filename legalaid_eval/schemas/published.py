"""The published tables and the rules: what lies in `data/published` and `data/rules`."""

from legalaid_eval.schemas.base import Field, TableSchema

QUALIFIERS = ("exact", "at_least", "at_most", "more_than", "approx", "nearly")
PERIOD_BASES = ("stated", "partly_stated", "inferred")
LEVELS = ("national", "province", "city", "district", "county", "new_area", "township", "project")
UNITS = (
    "CNY CNY/case person_time item person case percent day working_day minute month week hour session document "
    "batch call shift file tier step standard grade principle centre station workroom firm year multiple count "
    "agency town group board visit record project meeting platform notice"
).split()
KINDS = ("flow", "stock", "rate", "money", "tariff", "duration", "interval", "structure", "growth")
DIRECTIONS = ("up", "down", "full", "first", "good", "effective")
NEEDED = (
    "baseline case_dates case_register comparison_group denominator reform_date survey_waves sample_size "
    "question_wording channel_log callback_log peer_review_sample duty_roster target_value unit_costs attendance "
    "intake_source"
).split()

FIGURES = TableSchema(
    "figures",
    "published figures, one quantitative statement of a source per row",
    (
        Field("source_id", "the publication, as in sources.csv"),
        Field("place", "the place the figure is about, as in places.csv"),
        Field("level", "level of the place", codes=LEVELS),
        Field("period_start", "first day of the window", "day"),
        Field("period_end", "last day of the window", "day"),
        Field("period_basis", "whether the source states the window", codes=PERIOD_BASES),
        Field("indicator", "what is counted, as in published_indicators.csv"),
        Field("value", "as printed, in base units, with the printed decimals", "number"),
        Field("unit", "base unit", codes=tuple(UNITS)),
        Field("qualifier", "hedge of the source", codes=QUALIFIERS),
        Field("group", "all, or the sub-group the figure is about"),
        Field("locator", "where it stands in the source: line and section"),
        Field("note", "what a reader must know", required=False),
    ),
)

CLAIMS = TableSchema(
    "claims",
    "claims of a source that carry no number",
    (
        Field("claim_id", "name of the claim"),
        Field("source_id", "the publication, as in sources.csv"),
        Field("place", "the place the claim is about"),
        Field("period_start", "first day the claim covers", "day"),
        Field("period_end", "last day the claim covers", "day"),
        Field("subject", "what it is about, an id of indicator_catalogue.csv"),
        Field("indicator", "the published indicator it is about", required=False),
        Field("direction", "what is claimed", codes=DIRECTIONS),
        Field("claim_zh", "short paraphrase in Chinese"),
        Field("claim_en", "short paraphrase in English"),
        Field("needed", "data that would make it evaluable", "codes", codes=tuple(NEEDED)),
        Field("locator", "where it stands in the source"),
        Field("note", "what a reader must know", required=False),
    ),
    unique=("claim_id",),
    rows_needed=False,
)

SOURCES = TableSchema(
    "sources",
    "publications the figures come from",
    (
        Field("source_id", "name of the publication"),
        Field("place", "place that publishes or is described"),
        Field("place_zh", "its name in Chinese", required=False),
        Field("province", "its province", required=False),
        Field("level", "level of the place", codes=LEVELS),
        Field("kind", "kind of publication", codes=("article", "disclosure", "national_series")),
        Field("publisher_zh", "who published it, in Chinese"),
        Field("publisher_en", "who published it, in English"),
        Field("published", "when, as far as known", required=False),
        Field("reliability", "how far the copy can be trusted", required=False),
        Field("note", "what a reader must know", required=False),
    ),
    unique=("source_id",),
)

PLACES = TableSchema(
    "places",
    "places and their names in both languages",
    (
        Field("place", "key used in the other tables"),
        Field("name_zh", "name in Chinese"),
        Field("name_en", "name in English"),
        Field("level", "administrative level", codes=LEVELS),
        Field("parent", "key of the place it belongs to", required=False),
        Field("code", "administrative division code", required=False),
    ),
    unique=("place",),
)

INDICATORS = TableSchema(
    "published_indicators",
    "definitions of the published indicators",
    (
        Field("indicator", "key used in the figures"),
        Field("catalogue_id", "id in indicator_catalogue.csv", required=False),
        Field("kind", "how it may be added and compared", codes=KINDS),
        Field("units", "units it may have", "codes", codes=tuple(UNITS)),
        Field("upper_bound", "largest possible value, if there is one", "number", required=False),
        Field("name_zh", "name in Chinese"),
        Field("name_en", "name in English"),
        Field("definition_zh", "definition in Chinese"),
        Field("definition_en", "definition in English"),
        Field("chapter", "chapter of the report it belongs to"),
    ),
    unique=("indicator",),
)

CATALOGUE = TableSchema(
    "indicator_catalogue",
    "the 56 indicators of the field, with formula, pitfalls and the international analogue",
    (
        Field("id", "id of the indicator"),
        Field("family", "family of indicators"),
        Field("name_zh", "name in Chinese"),
        Field("name_en", "name in English"),
        Field("formula", "how it is calculated"),
        Field("unit", "unit"),
        Field("desired_direction", "which direction is wanted"),
        Field("data_needed", "data it needs"),
        Field("international_analogue", "what other countries publish", required=False),
        Field("analogue_zh", "the same in Chinese", required=False),
        Field("pitfall", "where it misleads"),
        Field("priority", "core or optional", codes=("core", "optional")),
        Field("definition_zh", "how it is calculated, in Chinese"),
        Field("pitfall_zh", "where it misleads, in Chinese"),
    ),
    unique=("id",),
)

TIME_LIMITS = TableSchema(
    "time_limits",
    "time limits of law, rules and local pledges, by date",
    (
        Field("rule_id", "id of the rule, carried by every result that uses it"),
        Field("instrument", "law, order, regulation or pledge"),
        Field("article", "article or place in the text"),
        Field("valid_from", "first day in force", "day", required=False),
        Field("valid_to", "last day in force", "day", required=False),
        Field("clock_starts", "what starts the clock"),
        Field("clock_stops", "what stops the clock"),
        Field("limit", "the limit, if the text has a number", "number", required=False),
        Field("unit", "unit of the limit", required=False),
        Field("day_kind", "how days are counted", required=False),
        Field("scope", "matters it covers"),
        Field("force", "how binding it is"),
        Field("evidence", "how well the text is known"),
    ),
    unique=("rule_id",),
)

PUBLISHED = (FIGURES, CLAIMS, SOURCES, PLACES, INDICATORS, CATALOGUE, TIME_LIMITS)
