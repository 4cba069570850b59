"""One refusal explained: who must act, which rule was broken, what mends it.

Rule: the texts are the same for everybody who meets the code, so nothing of a request, a person, a
bill or an amount can stand in them.
"""

from enum import Enum
from typing import Final, Literal, NamedTuple

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
"""The first is the default."""


class Actor(Enum):
    """Who must act, in English and Chinese."""

    SENDER = ("whoever sent it", "请求方")
    HOSPITAL = ("the hospital", "医院")
    FINANCE = ("the finance department", "财政部门")
    PAYER = ("the payer", "报销单位")
    AGENCY = ("the agency", "成员单位")
    PATIENT = ("the patient", "患者")
    CHECKER = ("whoever checks the file", "查验人")
    OPERATOR = ("the operator of this program", "本机运维人员")
    PEER = ("the other node's operator", "对方节点运维人员")
    NOBODY = ("nobody: it passes", "无需处理")


class Entry(NamedTuple):
    """One line of the catalogue."""

    code: str
    """Dotted and stable: `bill.no_open_range`."""
    actor: Actor
    rule_en: str
    """What must hold; one sentence without its full stop."""
    fix_en: str
    """What to do; one sentence without its full stop."""
    rule_zh: str
    """The rule in Chinese."""
    fix_zh: str
    """The fix in Chinese."""

    def rule(self, language: Language) -> str:
        """Return what must hold."""
        return self.rule_zh if language == "zh" else self.rule_en

    def fix(self, language: Language) -> str:
        """Return what to do."""
        return self.fix_zh if language == "zh" else self.fix_en

    def who(self, language: Language) -> str:
        """Return who must act."""
        return self.actor.value[LANGUAGES.index(language)]
