"""Refusals about sealed documents: publishing and amending them, and what was opened of them."""

from typing import Final

from primitives.catalogue.entry import Actor, Entry

DOCUMENT: Final = (
    Entry(
        "document.differs",
        Actor.CHECKER,
        "what is shown of a document is what its leaf commits to",
        "do not trust these details; ask the issuer for them again",
        "所示内容须与账本记录的承诺一致",
        "请勿采信该明细，并向开票单位重新索取",
    ),
    Entry(
        "document.malformed",
        Actor.CHECKER,
        "details are one JSON object, each key once, with the openings of all shown lines",
        "ask the issuer for the receipt again",
        "明细为一个字段不重复的 JSON 对象，并附所示各行的开示",
        "请向开票单位重新索取回执",
    ),
    Entry(
        "document.malformed_name",
        Actor.SENDER,
        "a document is named by its block, transaction and operation",
        "write the three figures with hyphens, as the lists show them",
        "文档以区块、交易、操作三个序号命名",
        "请按列表所示写法，以连字符连接三个序号",
    ),
    Entry(
        "document.not_yours",
        Actor.HOSPITAL,
        "only who published a document may amend it",
        "ask its custodian to amend it",
        "只有发布该文档的单位可以更正",
        "请由其保管单位更正",
    ),
    Entry(
        "document.other_bill",
        Actor.CHECKER,
        "what the details say of number and amounts stands on the bill's face",
        "do not trust these details; ask the issuer for them again",
        "明细所载号码与金额须与票面一致",
        "请勿采信该明细，并向开票单位重新索取",
    ),
    Entry(
        "document.superseded",
        Actor.HOSPITAL,
        "of a line of amendments the newest document alone is amended",
        "amend the document that took its place",
        "只能更正修订链上最新的文档",
        "请对取代它的文档进行更正",
    ),
    Entry(
        "document.too_long",
        Actor.HOSPITAL,
        "details keep within their limit of bytes",
        "divide the stay into several bills",
        "明细大小不得超过上限",
        "请拆分为多张票据",
    ),
    Entry(
        "document.unknown",
        Actor.SENDER,
        "a document is published before it is named",
        "check custodian and name",
        "文档须先发布方可引用",
        "请核对保管单位与文档名称",
    ),
    Entry(
        "document.unknown_kind",
        Actor.HOSPITAL,
        "a document is of a kind that the province keeps",
        "use a kind of the parameter document_kinds, or propose the new one",
        "文档类别须为本省保管的类别",
        "请使用 document_kinds 参数中的类别，或提议新增",
    ),
    Entry(
        "document.wrong_retention",
        Actor.HOSPITAL,
        "a document is kept the years of its kind",
        "write the years that the parameter document_kinds names",
        "文档保管年限须与其类别一致",
        "请填写 document_kinds 参数规定的年限",
    ),
    Entry(
        "document.wrong_size_class",
        Actor.HOSPITAL,
        "the size on the chain is that of a padded sealed text",
        "write the padded size: a power of two from 1 KiB, above 64 KiB a multiple of it",
        "链上大小须为密封填充后的大小",
        "请填写填充后的大小：1 KiB 起的 2 的幂，64 KiB 以上为其整数倍",
    ),
)
