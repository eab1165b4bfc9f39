"""掲載 of the board: areas and sides (発電設備等の情報掲示板利用マニュアル ■掲載)."""

from enum import StrEnum


class Area(StrEnum):
    """④ 電源所在エリア: the ten of BBS-049, in the manual's order."""

    HOKKAIDO = "01"
    TOHOKU = "02"
    TOKYO = "03"
    CHUBU = "04"
    HOKURIKU = "05"
    KANSAI = "06"
    CHUGOKU = "07"
    SHIKOKU = "08"
    KYUSHU = "09"
    OKINAWA = "10"

    @property
    def label(self) -> str:
        return AREAS[self]


AREAS = dict(zip(Area, ("北海道", "東北", "東京", "中部", "北陸", "関西", "中国", "四国", "九州", "沖縄"), strict=True))


class Side(StrEnum):
    """① 希望の区分"""

    SELL = "sell"
    BUY = "buy"

    @property
    def label(self) -> str:
        return SIDES[self]


SIDES = {Side.SELL: "売", Side.BUY: "買"}
