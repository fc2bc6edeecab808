"""The register: cases and what surrounds them, one row per case, talk, event, answer or payment."""

from legalaid_eval.schemas import register_codes as codes
from legalaid_eval.schemas.base import Field, TableSchema
from legalaid_eval.schemas.published import LEVELS


def _optional(name: str, meaning: str, kind: str = "text", **more) -> Field:
    return Field(name, meaning, kind, required=False, **more)


COUNTY = Field("county", "county that handles it, a code of places")
TOWN = _optional("town", "township or street")
HANDLER = _optional("handler_id", "who handles it: lawyer, clerk or adviser", personal=True)

CASES = TableSchema(
    "cases",
    "legal-aid cases, from the application or notice to the archive",
    (
        Field("case_no", "number of the case in one form: half-width brackets, no spaces, no leading zeros"),
        _optional("case_no_original", "the number as it came in"),
        COUNTY,
        TOWN,
        Field("case_type", "type of case", codes=codes.CASE_TYPE),
        _optional("service_form", "form of the service", codes=codes.SERVICE_FORM),
        _optional("proceeding_stage", "stage of the proceedings", codes=codes.PROCEEDING_STAGE),
        _optional("matter", "what the case is about", codes=codes.MATTER),
        _optional("source", "how it reached the centre", codes=codes.SOURCE),
        _optional("recipient_groups", "groups the recipient belongs to, sorted", "codes", codes=codes.RECIPIENT_GROUP),
        _optional("channel", "way the application came in", codes=codes.CHANNEL),
        _optional("means_test", "check of economic difficulty", codes=codes.MEANS_TEST),
        _optional("exemption_rule", "rule by which the check was waived"),
        _optional("commitment", "a written commitment stood in for papers", "flag"),
        _optional("papers_completed_on", "day the papers promised were completed", "day"),
        _optional("priority", "handled on the green lane", "flag"),
        _optional("routine", "routine matter, fit for handling on the spot", "flag"),
        _optional("aid_first", "aid began before the decision", "flag"),
        _optional("visits", "visits the applicant had to make", "whole", most=1000),
        _optional("notice_on", "day of the notice of a court, procuratorate or police", "day"),
        _optional("applied_on", "day of the application", "day"),
        _optional("accepted_on", "day of the acceptance", "day"),
        _optional("supplement_days", "days the clock stood still for papers to be supplied", "whole", most=3660),
        _optional("decided_on", "day of the decision", "day"),
        _optional("decision", "what was decided", codes=codes.DECISION),
        _optional("assigned_on", "day a handler was assigned", "day"),
        _optional("closed_on", "day the case was closed", "day"),
        _optional("terminated_on", "day the aid was terminated", "day"),
        _optional("archived_on", "day the file was archived", "day"),
        Field("status", "where the case stands", codes=codes.STATUS),
        _optional("loss_claimed_cny", "loss claimed, CNY", "number"),
        _optional("loss_awarded_cny", "loss awarded, CNY", "number"),
        _optional("loss_recovered_cny", "loss avoided or recovered, CNY", "number"),
        _optional("subsidy_cny", "case subsidy, CNY", "number"),
        _optional("grade", "quality grade", codes=codes.GRADE),
        HANDLER,
        _optional("recipients", "persons aided", "whole", most=100_000),
    ),
    unique=("case_no",),
)

CONSULTATIONS = TableSchema(
    "consultations",
    "legal consultations, which are not cases",
    (
        Field("consultation_no", "number of the consultation"),
        COUNTY,
        TOWN,
        Field("consulted_on", "day of the consultation", "day"),
        _optional("channel", "way it came in", codes=codes.CHANNEL),
        Field("unit", "what one row counts", codes=codes.CONSULTATION_UNIT),
        Field("quantity", "how many of that unit", "whole"),
        _optional("recipient_groups", "groups the person belongs to, sorted", "codes", codes=codes.RECIPIENT_GROUP),
        _optional("matter", "what it was about", codes=codes.MATTER),
        _optional("knew_from", "how the person knew of legal aid", codes=codes.KNEW_FROM),
        _optional("event_id", "outreach event it came from"),
        HANDLER,
    ),
    unique=("consultation_no",),
)

OUTREACH_EVENTS = TableSchema(
    "outreach_events",
    "outreach sessions",
    (
        Field("event_id", "number of the event"),
        COUNTY,
        TOWN,
        Field("held_on", "day it was held", "day"),
        _optional("site", "where it was held", codes=codes.SITE),
        _optional("format", "how it was held", codes=codes.FORMAT),
        _optional("topic", "what it was about", codes=codes.TOPIC),
        _optional("season", "season of outreach it belongs to", codes=codes.SEASON),
        _optional("target_group", "group it was meant for", codes=(*codes.RECIPIENT_GROUP, "general")),
        _optional("attendance", "persons who attended", "whole"),
        _optional("materials", "items handed out", "whole"),
        _optional("cost_cny", "cost, CNY", "number"),
    ),
    unique=("event_id",),
)

AWARENESS_SURVEY = TableSchema(
    "awareness_survey",
    "answers to the awareness survey, one row per respondent and wave",
    (
        Field("respondent_id", "number of the respondent, not a name", personal=True),
        Field("wave", "wave of the survey", "whole"),
        Field("surveyed_on", "day of the interview", "day"),
        COUNTY,
        TOWN,
        _optional("stratum", "stratum of the sample"),
        _optional("psu", "primary sampling unit"),
        _optional("weight", "design weight", "number"),
        _optional("mode", "mode of the interview", codes=codes.SURVEY_MODE),
        Field("wording", "whether the question named legal aid first", codes=codes.WORDING),
        _optional("segment", "segment of the population", codes=codes.SEGMENT),
        _optional("heard_of", "has heard of legal aid", "flag"),
        _optional("knows_free", "knows that it is free", "flag"),
        _optional("knows_who", "knows who is entitled", "flag"),
        _optional("knows_where", "knows where to apply", "flag"),
    ),
    unique=("respondent_id",),
)

CALLBACKS = TableSchema(
    "callbacks",
    "call-backs to recipients",
    (
        Field("case_no", "number of the case"),
        Field("called_on", "day of the call", "day"),
        _optional("mode", "how", codes=codes.CALLBACK_MODE),
        Field("reached", "whether the recipient was reached", "flag"),
        Field("answer_class", "answer, in classes", codes=codes.ANSWER_CLASS),
    ),
    unique=("case_no", "called_on"),
)

PEER_REVIEWS = TableSchema(
    "peer_reviews",
    "reviews of case files by peers",
    (
        Field("case_no", "number of the case"),
        Field("reviewed_on", "day of the review", "day"),
        Field("reviewer_id", "who reviewed", personal=True),
        _optional("panel", "panel of reviewers"),
        Field("grade", "quality grade", codes=codes.GRADE),
        _optional("score", "score of 100", "number", most=100),
    ),
    unique=("case_no", "reviewer_id"),
)

PAYMENTS = TableSchema(
    "payments",
    "subsidies paid",
    (
        Field("payment_id", "number of the payment"),
        _optional("case_no", "number of the case, if it is for one"),
        COUNTY,
        Field("paid_on", "day of the payment", "day"),
        Field("kind", "what was paid for", codes=codes.PAYMENT_KIND),
        Field("amount_cny", "amount, CNY", "number"),
        _optional("grade", "quality grade it was paid by", codes=codes.GRADE),
    ),
    unique=("payment_id",),
)

DUTY_ROSTER = TableSchema(
    "duty_roster",
    "duty lawyers' shifts",
    (
        COUNTY,
        Field("station", "court, procuratorate, detention centre or office"),
        Field("duty_on", "day of the shift", "day"),
        Field("handler_id", "lawyer on duty", personal=True),
        _optional("hours", "hours on duty", "number", most=24),
        _optional("attended", "whether the lawyer came", "flag"),
    ),
    unique=("county", "station", "duty_on", "handler_id"),
)

TARGETS = TableSchema(
    "targets",
    "annual targets",
    (
        Field("place", "place with the target, a code of places"),
        Field("year", "year", "whole", most=2100),
        Field("indicator", "what is counted", codes=codes.TARGET_INDICATOR),
        Field("target", "number to be reached", "whole"),
    ),
    unique=("place", "year", "indicator"),
)

REFORMS = TableSchema(
    "reforms",
    "reforms and the day each took effect in a place",
    (
        Field("place", "place, a code of places"),
        Field("kind", "which reform", codes=codes.REFORM_KIND),
        Field("effective_on", "first day it was in effect", "day"),
        _optional("note", "what a reader must know"),
    ),
    unique=("place", "kind"),
)

REGISTER_PLACES = TableSchema(
    "places",
    "places of the register, with their population and the time their code was valid",
    (
        Field("code", "administrative division code; what `county` and `place` refer to"),
        Field("place", "key of the place"),
        Field("name_zh", "name in Chinese"),
        Field("name_en", "name in English"),
        Field("level", "administrative level", codes=LEVELS),
        _optional("parent", "code of the place it belongs to"),
        _optional("population", "resident population", "whole"),
        _optional("valid_from", "first day the code was valid", "day"),
        _optional("valid_to", "last day the code was valid", "day"),
    ),
    unique=("code", "valid_from"),
)

REGISTER = (
    CASES,
    CONSULTATIONS,
    OUTREACH_EVENTS,
    AWARENESS_SURVEY,
    CALLBACKS,
    PEER_REVIEWS,
    PAYMENTS,
    DUTY_ROSTER,
    TARGETS,
    REFORMS,
    REGISTER_PLACES,
)
REGISTER_TABLES = {schema.name: schema for schema in REGISTER}
EVENT_TABLES = (
    "cases",
    "consultations",
    "outreach_events",
    "awareness_survey",
    "callbacks",
    "peer_reviews",
    "payments",
)
"""Tables whose days have happened: the latest of them stands in where `data_as_of` is unknown."""
