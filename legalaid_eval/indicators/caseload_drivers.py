"""What may go with more or fewer cases: the terms of the regression of monthly counts, declared, never read from data.

Only reforms that make it easier to apply, tell people about it or bring notices are among them; one that only makes
the work faster or better is not.
"""

REFORMS = (
    "miniprogram",
    "green_lane",
    "means_waiver",
    "commitment",
    "targeted_outreach",
    "duty_rota",
    "criminal_coverage",
    "joint_labour",
)
FESTIVAL, OUTREACH, TREND = "festival_weeks", "sessions", "trend"
"""Weeks of the fortnight round the Lunar New Year that lie in the month; outreach sessions in the month; a year."""
