"""Demo City, its twelve counties and their townships. Every name is invented and belongs to no real place."""

from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

CITY = "Demo City"
CITY_ZH = "示范市"
TOWNS = 8
URBAN_TOWNS = 3
FIRST_DAY, DISTRICT_EVE, DISTRICT_FROM = date(2019, 1, 1), date(2021, 12, 31), date(2022, 1, 1)


@dataclass(frozen=True, slots=True)
class County:
    """A county: its key in every table, names, cases in an ordinary year, residents, and how urban it is."""

    key: str
    stem: str
    cases: int
    population: int
    urban: float
    district: bool = False

    def name_zh(self, district: bool | None = None) -> str:
        return self.stem + ("区" if (self.district if district is None else district) else "县")

    def name_en(self, district: bool | None = None) -> str:
        return f"{self.key} {'District' if (self.district if district is None else district) else 'County'}"


COUNTIES = (
    County("Yanpu", "砚浦", 640, 912_000, 0.81, district=True),
    County("Yiqiao", "漪桥", 560, 744_000, 0.72, district=True),
    County("Lutang", "鹭棠", 480, 668_000, 0.69, district=True),
    County("Jiluan", "霁峦", 410, 583_000, 0.48),
    County("Huping", "槲坪", 350, 521_000, 0.44),
    County("Weijin", "苇津", 305, 467_000, 0.46),
    County("Shuangdu", "霜渡", 265, 402_000, 0.41),
    County("Zhitan", "芷滩", 230, 355_000, 0.38),
    County("Yaoting", "瑶汀", 200, 298_000, 0.40),
    County("Ruogang", "箬岗", 175, 251_000, 0.33),
    County("Dicha", "荻汊", 165, 204_000, 0.31),
    County("Jiangli", "绛篱", 150, 168_000, 0.29),
)
KEYS = tuple(county.key for county in COUNTIES)
RENAMED = "Yiqiao"
"""A county until the end of 2021 and a district since: two rows in `places`."""
TOWN_KEYS = tuple(f"{key}-{number:02d}" for key in KEYS for number in range(1, TOWNS + 1))
TOWN_SHARES = np.array([0.2, 0.16, 0.14, 0.13, 0.11, 0.1, 0.09, 0.07])
_ORDINALS = "一二三四五六七八"


def place_rows() -> dict[str, list]:
    """The `places` table: the city, the counties by their validity, the townships."""
    rows = list(chain([_city()], *(_county(county) for county in COUNTIES)))
    names = ("code", "place", "name_zh", "name_en", "level", "parent", "population", "valid_from", "valid_to")
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}


def _city() -> tuple:
    people = sum(county.population for county in COUNTIES)
    return (CITY, CITY, CITY_ZH, CITY, "city", None, people, FIRST_DAY, None)


def _county(county: County) -> list[tuple]:
    def row(district: bool, valid_from: date, valid_to: date | None) -> tuple:
        names = (county.name_zh(district), county.name_en(district), "district" if district else "county")
        return (county.key, county.key, *names, CITY, county.population, valid_from, valid_to)

    if county.key == RENAMED:
        rows = [row(False, FIRST_DAY, DISTRICT_EVE), row(True, DISTRICT_FROM, None)]
    else:
        rows = [row(county.district, FIRST_DAY, None)]
    return rows + [_town(county, number) for number in range(TOWNS)]


def _town(county: County, number: int) -> tuple:
    urban = number < URBAN_TOWNS
    name_zh = f"{county.stem}第{_ORDINALS[number]}{'街道' if urban else '镇'}"
    name_en = f"{county.key} {'Subdistrict' if urban else 'Town'} {number + 1}"
    key = f"{county.key}-{number + 1:02d}"
    people = round(county.population * TOWN_SHARES[number], -2)
    return (key, key, name_zh, name_en, "township", county.key, int(people), FIRST_DAY, None)
