"""Invented people for real accounts: a number always gives the same person, and nobody can be reached."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from faker import Faker

# Mobile numbers beginning with 154 have never been given out in mainland China, so none of these rings.
_PREFIX = "154"
# No region's code begins with 99 (GB/T 2260), so nobody has such an identity number; its check digit is right.
_REGION = "990100"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_CHECKS = "10X98765432"
_DISTRICTS = (
    *("北京市朝阳区", "上海市浦东新区", "天津市南开区", "重庆市渝北区", "广东省广州市天河区", "广东省深圳市福田区"),
    *("江苏省南京市鼓楼区", "江苏省苏州市吴中区", "浙江省杭州市西湖区", "浙江省宁波市鄞州区", "山东省济南市历下区"),
    *("山东省青岛市市南区", "四川省成都市武侯区", "湖北省武汉市洪山区", "湖南省长沙市岳麓区", "河南省郑州市金水区"),
    *("陕西省西安市雁塔区", "辽宁省沈阳市和平区", "辽宁省大连市中山区", "福建省厦门市思明区", "福建省福州市鼓楼区"),
    *("安徽省合肥市蜀山区", "江西省南昌市东湖区", "河北省石家庄市长安区", "云南省昆明市盘龙区", "广西南宁市青秀区"),
)
_RELATIONS = ("配偶", "父亲", "母亲", "兄弟", "姐妹", "朋友", "同事")


class Person(NamedTuple):
    """What an import says of a person; `emergency_contacts` is "name relation phone"."""

    name: str
    id_number: str
    phone: str
    address: str
    email: str
    emergency_contacts: str


def invent(number: int, male: bool, born: int) -> Person:
    """The person of an account number (1 to 49,999), born in the year `born`."""
    fake = _faker()
    fake.seed_instance(number)
    pick = fake.random.randrange
    name = fake.name_male() if male else fake.name_female()
    friend = f"{fake.name()} {_RELATIONS[pick(len(_RELATIONS))]} {_phone(pick(1000), number + 50_000)}"
    home = f"{pick(1, 300)}号{pick(1, 30)}栋{pick(101, 3305)}室"
    return Person(
        name=name,
        id_number=_id_number(f"{born}{pick(1, 13):02}{pick(1, 29):02}", pick(0, 998, 2) + male),
        phone=_phone(pick(1000), number),
        address=f"{_DISTRICTS[pick(len(_DISTRICTS))]}{fake.street_name()}{home}",
        email=f"customer{number}@example.com",
        emergency_contacts=friend,
    )


@cache
def _faker() -> Faker:
    """One generator for all, made on first use: building it takes a quarter of a second."""
    return Faker("zh_CN")


def _phone(middle: int, last: int) -> str:
    """Eleven digits, as a mobile number has."""
    return f"{_PREFIX}{middle:03}{last:05}"


def _id_number(born_on: str, sequence: int) -> str:
    """Eighteen characters; the sequence is odd for men."""
    digits = f"{_REGION}{born_on}{sequence:03}"
    return digits + _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]
