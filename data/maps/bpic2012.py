"""A public log of loan applications as a register: an example of how to bring one's own table into this form.

    python data/maps/bpic2012.py bpic2012_cases.csv cases.csv
    legalaid-eval import cases.csv --to STORE --as-of 2012-03-14

The source is the log of the Business Process Intelligence Challenge 2012 (van Dongen 2012; 4TU.ResearchData), one row
per application with the first time of each state. It is not shipped here. Nothing in it is about legal aid: what it
offers is 13,087 real applications, of which 399 were undecided when the log ended. An import knows a table by its
headers, so all a map has to do is to name columns and codes as `data/README.md` does.
"""

import sys

import pandas as pd

DAYS = {"A_SUBMITTED": "applied_on", "A_PREACCEPTED": "accepted_on", "A_ACTIVATED": "closed_on"}
DECISIONS = {"A_APPROVED": "granted", "A_DECLINED": "refused", "A_CANCELLED": "withdrawn"}
STATUS = {"granted": "closed", "refused": "refused", "withdrawn": "withdrawn"}
PLACE, CASE_TYPE = "lender", "civil"
"""The log has neither; a register must."""


def cases(log: pd.DataFrame) -> pd.DataFrame:
    """The log's applications with the columns of the table `cases`; days are those of the clock where it was kept."""
    decided = log[list(DECISIONS)]
    decision = decided.notna().idxmax(axis=1).map(DECISIONS).where(decided.notna().any(axis=1))
    found = pd.DataFrame({"case_no": log["case_id"].astype(str), "county": PLACE, "case_type": CASE_TYPE})
    for theirs, ours in DAYS.items():
        found[ours] = log[theirs].str[:10]
    found["decided_on"] = decided.bfill(axis=1).iloc[:, 0].str[:10]
    return found.assign(decision=decision, status=decision.map(STATUS).fillna("open"))


if __name__ == "__main__":
    source, target = sys.argv[1:]
    cases(pd.read_csv(source)).to_csv(target, index=False, encoding="utf-8", lineterminator="\n")
