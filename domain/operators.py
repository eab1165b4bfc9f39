"""事業者: ライセンス区分 and 参加区分 (requirements 5.1, COD-009)."""

from enum import StrEnum

LICENCES = {
    "generation": "発電",
    "retail": "小売",
    "none": "区分なし（需要抑制）",
}


class Participation(StrEnum):
    """参加区分: the six of COD-009, in the manual's order."""

    STABLE = "1"
    VARIABLE_SINGLE = "2"
    VARIABLE_AGGREGATED = "3"
    DISPATCHED_PLANT = "4"
    DISPATCHED_DR = "5"
    DISPATCHED_MIXED = "6"

    @property
    def label(self) -> str:
        return PARTICIPATIONS[self]


PARTICIPATIONS = {
    Participation.STABLE: "安定電源",
    Participation.VARIABLE_SINGLE: "変動電源（単独）",
    Participation.VARIABLE_AGGREGATED: "変動電源（アグリゲート）",
    Participation.DISPATCHED_PLANT: "発動指令電源（電源）",
    Participation.DISPATCHED_DR: "発動指令電源（DR）",
    Participation.DISPATCHED_MIXED: "発動指令電源（電源／DR混在）",
}


def same_addresses(addresses: list[str]) -> bool:
    """Do two of them reach the same mailbox, as far as their writing tells?"""
    return len({address.casefold() for address in addresses}) < len(addresses)
