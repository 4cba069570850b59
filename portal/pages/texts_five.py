"""Sentences of the public check by five elements: key -> (Chinese, English)."""

FIVE = {
    "five.title": ("查验票据真伪", "Check a bill"),
    "five.lead": (
        "填写票面上的五项，向账本查验。任何人都可以查，不用登录。",
        "Enter five items from the bill and have them compared with the ledger. "
        "Anybody can; no login.",
    ),
    "five.qr": ("二维码里的文字", "Text of the QR code"),
    "five.qr_hint": (
        "扫票据上的二维码，把得到的文字粘贴在这里：CZ-EI-…",
        "Scan the bill's QR code and paste its text here: CZ-EI-…",
    ),
    "five.qr_title": ("或者粘贴二维码文字", "Or paste the QR code's text"),
    "five.code": ("票据代码", "Bill code"),
    "five.code_hint": ("8 位数字", "8 digits"),
    "five.number": ("票据号码", "Bill number"),
    "five.number_hint": ("10 位数字", "10 digits"),
    "five.check_code": ("校验码", "Check code"),
    "five.check_code_hint": ("6 位字母或数字，区分大小写", "6 letters or digits, case matters"),
    "five.date": ("开票日期", "Date of issue"),
    "five.date_hint": ("如 2026-01-02", "Such as 2026-01-02"),
    "five.amount": ("金额合计（元）", "Total (yuan)"),
    "five.amount_hint": ("如 13.05", "Such as 13.05"),
    "five.check": ("查验", "Check"),
    "five.result": ("查验结果", "Result"),
    "five.yes": ("一致", "It matches"),
    "five.no": ("不一致", "It does not match"),
    "five.yes_what": (
        "五项都与账本上的一张票据相符。",
        "All five items are those of one bill in the ledger.",
    ),
    "five.no_what": (
        "账本上没有五项全都相符的票据。请逐项核对票面；为防止试探，不提示哪一项不符。",
        "No bill in the ledger has all five items. Please compare each with the bill; "
        "which one differs is not told, so that nobody can guess.",
    ),
    "five.reversed": ("是否冲红", "Reversed"),
    "five.reversed_yes": ("已冲红，不再有效", "Yes, it is void"),
    "five.reversed_no": ("没有冲红", "No"),
    "five.paper": ("是否换开纸质票据", "On paper"),
    "five.paper_yes": ("已换开，请以纸质票据为准", "Yes, the paper counts"),
    "five.paper_no": ("没有换开", "No"),
    "five.claimed": ("是否报销", "Claimed"),
    "five.claimed_yes": ("已报销或正在报销", "Paid or being claimed"),
    "five.claimed_no": ("没有报销", "No"),
    "five.count": ("查验次数", "Times checked here"),
    "five.count_value": ("{count} 次（含本次）", "{count}, this one included"),
    "five.too_often": (
        "查验次数过多，请 {minutes} 分钟后再来。",
        "Too many checks. Please come back in {minutes} minutes.",
    ),
    "five.proof": (
        "要查验每一行明细？请对方给您“票据凭证”文件，",
        "To check every line, ask for the receipt file and ",
    ),
    "five.proof_go": ("在您的设备上查验凭证", "check it on your own device"),
}
