"""Numbers that several rooms must agree on."""

MIN_CELL = 5
"""The least count of records that is shown, unless a report says otherwise; smaller ones are suppressed."""
