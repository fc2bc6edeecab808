"""From the candidate to an application: who comes, on which way, with which papers."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.draws import MOST, Draws
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.schemas.register_codes import CHANNEL, MATTER, MEANS_TEST, RECIPIENT_GROUP

LABOUR = np.isin(MATTER, ["labour_pay", "work_injury"])
CRIMINAL = MATTER.index("criminal")
VIOLENCE = MATTER.index("domestic_violence")
CIVIL = np.array([matter not in ("criminal", "administrative") for matter in MATTER])
RATE_EFFECTS = (
    ("miniprogram", np.where(MOST > 0, 0.03, 0)),
    ("green_lane", np.where(LABOUR, 0.10, 0.0)),
    ("means_waiver", np.where(CIVIL, 0.06, 0.0)),
    ("commitment", np.where(CIVIL, 0.03, 0.0)),
    ("targeted_outreach", np.where(LABOUR, 0.14, np.where(CIVIL, 0.06, 0.0))),
    ("monthly_ranking", np.where(CIVIL, 0.07, 0.0)),
    ("criminal_coverage", np.where(np.arange(len(MATTER)) == CRIMINAL, 0.34, 0.0)),
)
"""Log change of the number of cases at full strength, by matter."""
GROUPS = ("disabled", "elderly", "minor", "woman", "subsistence_allowance", "migrant_worker")
GROUPS = (*GROUPS, "military_family", "veteran", "platform_worker")
assert set(GROUPS) <= set(RECIPIENT_GROUP)
MIGRANT, VETERAN, PLATFORM, MILITARY = (
    1 << GROUPS.index(group) for group in ("migrant_worker", "veteran", "platform_worker", "military_family")
)
GROUP_TEXTS = tuple(
    "|".join(sorted(group for number, group in enumerate(GROUPS) if bits >> number & 1)) or None
    for bits in range(1 << len(GROUPS))
)
_MIGRANT = np.array([0.68, 0.55, 0.22, 0.06, 0.10, 0.05, 0.10, 0.10, 0.08])
_WOMAN = np.array([0.30, 0.22, 0.35, 0.72, 0.96, 0.35, 0.12, 0.40, 0.45])
_WAYS = {"window": 0.56, "hotline": 0.12, "phone": 0.06, "web": 0.05, "station": 0.13, "village_adviser": 0.04}
_WAYS |= {"letter": 0.012, "home_visit": 0.015, "terminal": 0.008, "other": 0.005}
_WAY_CODES = np.array([CHANNEL.index(way) for way in _WAYS], np.int8)
_WAY_CUM = np.cumsum(list(_WAYS.values()))
WEB, MINI, OTHER_WAY = (CHANNEL.index(way) for way in ("web", "miniprogram", "other"))
CHECKED, WAIVED, NOT_REQUIRED = (np.int8(MEANS_TEST.index(code)) for code in ("checked", "waived", "not_required"))
LAW_FROM = months.day_number(np.datetime64("2022-01-01").item())


@dataclass(frozen=True, eq=False, slots=True)
class Intake:
    """One entry per candidate; `exists` says whether it is a case in this world at all."""

    exists: np.ndarray
    notified: np.ndarray
    groups: np.ndarray
    favoured: np.ndarray
    priority: np.ndarray
    channel: np.ndarray
    means: np.ndarray
    commitment: np.ndarray
    supplement: np.ndarray
    routine: np.ndarray
    aid_first: np.ndarray
    on_spot: np.ndarray
    four_steps: np.ndarray
    visits: np.ndarray


def rate_share(world: World) -> np.ndarray:
    """Share of the candidates that become cases in this world, by cell and matter."""
    change = sum(world.at(kind)[:, None] * effect[None] for kind, effect in RATE_EFFECTS)
    return (np.minimum(np.exp(change), MOST) / MOST).astype(np.float32)


def groups_of(draws: Draws) -> np.ndarray:
    """Recipient groups as bits; platform workers become more (the mix of cases changes)."""
    year = months.YEAR[draws.cell % months.MONTHS] - months.FIRST_YEAR
    labour = LABOUR[draws.matter]
    shares = {
        "disabled": 0.05,
        "elderly": np.where(draws.matter == MATTER.index("family"), 0.24, 0.12),
        "minor": np.where(draws.matter == CRIMINAL, 0.10, 0.04),
        "woman": _WOMAN[draws.matter],
        "subsistence_allowance": 0.07,
        "migrant_worker": _MIGRANT[draws.matter],
        "military_family": 0.012,
        "veteran": 0.025,
        "platform_worker": np.where(labour, 0.03 + 0.016 * year, 0.005),
    }
    names = "disabled elderly minor woman poor migrant military veteran platform".split()
    bits = np.zeros(len(draws), np.int16)
    for number, (name, group) in enumerate(zip(names, GROUPS, strict=True)):
        bits |= (draws.u(name) < shares[group]).astype(np.int16) << number
    return bits


def intake(draws: Draws, world: World) -> Intake:
    """Decide for every candidate of `draws` how it would come in, in this world."""
    at = {kind: world.at(kind)[draws.cell] for kind in _KINDS}
    notified = (draws.matter == CRIMINAL) & (draws.u("notified") < 0.78)
    groups = groups_of(draws)
    favoured = ~notified & (((groups & MIGRANT > 0) & LABOUR[draws.matter]) | (groups & (VETERAN | PLATFORM) > 0))
    channel = _channel(draws, at["miniprogram"], notified)
    means = _means(draws, at["means_waiver"], favoured | (groups & MILITARY > 0))
    commitment = (means == CHECKED) & (draws.u("commit") < np.minimum(0.03 + 0.55 * at["commitment"], 0.95))
    lacking = 0.30 * np.where(commitment, 0.35, 1.0) * np.where(means == WAIVED, 0.55, 1.0)
    supplement = ~notified & (draws.u("supplement") < lacking)
    spot, steps = _at_once(draws, notified | supplement, at)
    urgent = ~notified & (draws.u("aid") < 0.08) & (draws.u("aid_done") < np.minimum(0.1 + 0.6 * at["aid_first"], 0.95))
    green = favoured & (draws.u("green") < np.minimum(0.05 + 0.7 * at["green_lane"], 0.97))
    here = draws.u("exists") < rate_share(world)[draws.cell, draws.matter]
    routine = ~notified & (draws.u("routine") < 0.78)
    ways = (channel, means, commitment, supplement, routine, urgent, spot, steps)
    return Intake(here, notified, groups, favoured, green, *ways, _visits(draws, channel, supplement, spot))


_KINDS = ("miniprogram", "means_waiver", "commitment", "on_the_spot", "four_steps_one_day", "aid_first", "green_lane")


def _at_once(draws: Draws, slow: np.ndarray, at: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Handled on the spot; all four steps in one day."""
    spot = ~slow & (draws.u("simple") < 0.4) & (draws.u("on_spot") < 0.62 * at["on_the_spot"])
    return spot, ~slow & (draws.u("four_steps") < 0.42 * at["four_steps_one_day"])


def _channel(draws: Draws, mini: np.ndarray, notified: np.ndarray) -> np.ndarray:
    """The mini-program draws from all other ways alike; 2020 sent some people online."""
    outlier = months.YEAR[draws.cell % months.MONTHS] == 2020
    online = draws.u("channel") < np.minimum(0.015 + 0.20 * mini, 0.6)
    ways = _WAY_CODES[np.minimum(np.searchsorted(_WAY_CUM, draws.u("channel_other")), len(_WAY_CODES) - 1)]
    ways = np.where(outlier & (draws.u("visits") < 0.08), np.int8(WEB), ways)
    return np.where(notified, np.int8(OTHER_WAY), np.where(online, np.int8(MINI), ways))


def _means(draws: Draws, waiver: np.ndarray, entitled: np.ndarray) -> np.ndarray:
    law = draws.day >= LAW_FROM
    waived = entitled & (draws.u("exempt") < np.minimum(np.where(law, 0.40, 0.22) + 0.45 * waiver, 0.97))
    none = (draws.matter == CRIMINAL) | (draws.matter == VIOLENCE)
    return np.where(none, NOT_REQUIRED, np.where(waived, WAIVED, CHECKED))


def _visits(draws: Draws, channel: np.ndarray, supplement: np.ndarray, spot: np.ndarray) -> np.ndarray:
    online = (channel == WEB) | (channel == MINI)
    more = (draws.u("visits") < 0.45).astype(np.int8) + supplement - online.astype(np.int8)
    return np.where(spot, np.int8(1), np.maximum(1 + more, 0)).astype(np.int8)
