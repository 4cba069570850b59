"""Refusals about operations written as JSON."""

from typing import Final

from primitives.catalogue.entry import Actor, Entry

OPERATION: Final = (
    Entry(
        "operation.missing_field",
        Actor.SENDER,
        "an operation has all the fields of its kind",
        "add the field; docs/api.md and the OpenAPI document name them all",
        "操作须包含该类操作的全部字段",
        "请补上缺少的字段；字段清单见 docs/api.md 与 OpenAPI 文档",
    ),
    Entry(
        "operation.unknown",
        Actor.SENDER,
        "an operation has one of the names the ledger knows",
        "correct the name; the OpenAPI document lists them",
        "操作名称须为账本已定义的名称",
        "请更正操作名称；名称清单见 OpenAPI 文档",
    ),
    Entry(
        "operation.unknown_field",
        Actor.SENDER,
        "an operation has the fields of its kind and no others",
        "correct the field's name or leave it out",
        "操作只能包含该类操作的字段",
        "请更正字段名或删除该字段",
    ),
    Entry(
        "operation.wrong_value",
        Actor.SENDER,
        "each field of an operation has its type, form and limits",
        "write the value as the message says",
        "操作的每个字段须符合规定的类型、格式与范围",
        "请按提示的格式填写该字段",
    ),
)
