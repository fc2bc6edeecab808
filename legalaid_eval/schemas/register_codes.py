"""Codes of the register tables; those of `data/rules/code_lists.csv` are the same there (a test says so)."""

CASE_TYPE = ("civil", "criminal", "administrative", "state_compensation")
SERVICE_FORM = (
    "consultation",
    "drafting",
    "criminal_defence",
    "civil_administrative_representation",
    "duty_lawyer_help",
    "labour_representation",
    "other",
)
PROCEEDING_STAGE = (
    "not_yet_in_proceedings",
    "investigation",
    "prosecution_review",
    "first_instance",
    "second_instance",
    "retrial",
    "death_review",
    "arbitration",
    "mediation",
    "administrative_handling",
    "administrative_reconsideration",
    "state_compensation",
    "petition_for_retrial",
    "enforcement",
)
MATTER = (
    "labour_pay",
    "work_injury",
    "traffic",
    "family",
    "domestic_violence",
    "land",
    "criminal",
    "administrative",
    "other",
)
SOURCE = (
    "application_by_the_party",
    "court_designation_notice",
    "forwarded_by_police",
    "forwarded_by_procuratorate",
    "forwarded_by_a_social_organisation",
    "forwarded_by_a_law_firm",
    "other",
)
RECIPIENT_GROUP = (
    "disabled",
    "elderly",
    "minor",
    "woman",
    "preferential_treatment",
    "five_guarantee",
    "subsistence_allowance",
    "migrant_worker",
    "unemployed",
    "ethnic_minority",
    "military_family",
    "sensory_disability",
    "possible_death_sentence",
    "veteran",
    "platform_worker",
    "employee_in_difficulty",
    "other",
)
CHANNEL = (
    "window",
    "hotline",
    "web",
    "miniprogram",
    "letter",
    "phone",
    "home_visit",
    "station",
    "village_adviser",
    "terminal",
    "other",
)
GRADE = ("excellent", "good", "qualified", "unqualified")
MEANS_TEST = ("checked", "waived", "not_required")
DECISION = ("granted", "refused", "withdrawn", "deemed_withdrawn")
STATUS = ("open", "closed", "terminated", "refused", "withdrawn")
CONSULTATION_UNIT = ("person_time", "item", "batch", "call")
KNEW_FROM = ("outreach", "media", "acquaintance", "authority", "online", "other")
SITE = ("building_site", "school", "enterprise", "community", "market", "village", "online", "other")
FORMAT = ("lecture", "booth", "materials", "video", "case_talk", "mock_court")
TOPIC = ("labour", "minors", "family", "consumer", "constitution", "fraud", "general")
SEASON = ("constitution_week", "workers_return", "school_start", "school_end", "consumer_day", "ordinary")
SURVEY_MODE = ("face_to_face", "phone", "online")
WORDING = ("prompted", "unprompted")
SEGMENT = ("migrant_worker", "elderly", "woman", "minor_parent", "general")
CALLBACK_MODE = ("phone", "visit", "online")
ANSWER_CLASS = (
    "satisfied",
    "basically_satisfied",
    "dissatisfied",
    "refused",
    "not_reached",
    "ambiguous",
    "missing",
)
PAYMENT_KIND = ("case", "duty", "consultation", "drafting", "review")
TARGET_INDICATOR = ("cases", "consultations", "outreach_sessions")
REFORM_KIND = (
    "one_day_review",
    "on_the_spot",
    "four_steps_one_day",
    "miniprogram",
    "green_lane",
    "aid_first",
    "means_waiver",
    "commitment",
    "quality_subsidy",
    "tariff_change",
    "targeted_outreach",
    "duty_rota",
    "monthly_ranking",
    "criminal_coverage",
    "joint_labour",
    "supervision",
    "callbacks",
)
LISTS = {
    "case_type": CASE_TYPE,
    "service_form": SERVICE_FORM,
    "proceeding_stage": PROCEEDING_STAGE,
    "case_source": SOURCE,
    "recipient_group": RECIPIENT_GROUP,
    "channel": CHANNEL,
    "quality_grade": GRADE,
}
"""The lists that stand in `data/rules/code_lists.csv`, by their name there."""
