"""Sentences of the check in the browser: key -> (Chinese, English)."""

CHECKS = {
    "check.title": ("真伪查验", "Is it genuine?"),
    "check.waiting": ("等待查验", "Not checked yet"),
    "check.running": ("正在您的手机上查验…", "Checking on your device…"),
    "check.passed": ("已验证", "Verified"),
    "check.failed": ("未通过查验：{step}", "Not verified: {step}"),
    "check.impossible": ("无法查验", "Cannot be checked"),
    "check.unreadable": (
        "这不是票据凭证文件，或文件已损坏。",
        "This is no receipt file, or it is damaged.",
    ),
    "check.no_genesis": (
        "没有读到创世文件。",
        "The genesis file could not be read.",
    ),
    "check.again": ("再查验一次", "Check again"),
    "check.meaning": (
        "“已验证”表示：您看到的每一项，都与多家机构共同签名的账本记录逐字相符，事后没有人改过。",
        "“Verified” means: every item you see matches, letter by letter, the record that several "
        "public bodies signed together, and nobody has changed it since.",
    ),
    "check.failed_meaning": (
        "请不要使用这份票据，并联系开票医院。失败的步骤写在下面。",
        "Please do not rely on this bill and contact the hospital. The failed step is named below.",
    ),
    "check.noscript": (
        "您的浏览器关闭了脚本，无法在此查验。可保存凭证，到“查验票据”页或用离线工具查验。",
        "Scripts are off in your browser, so the check cannot run here. "
        "Save the receipt and check it with the offline tool.",
    ),
    "check.steps": ("查验步骤", "Steps of the check"),
    "check.step_waiting": ("未查", "not checked"),
    "check.step_passed": ("通过", "passed"),
    "check.step_failed": ("不符", "failed"),
    "check.step_skipped": ("未进行", "not reached"),
    "step.genesis": ("创世文件", "Genesis"),
    "step.genesis.what": (
        "凭证属于这条账本",
        "The receipt belongs to this very ledger",
    ),
    "step.validators": ("机构名单", "Validators"),
    "step.validators.what": (
        "签名的机构都在名单上",
        "The bodies that signed are on the ledger's list",
    ),
    "step.certificate": ("共同签名", "Certificate"),
    "step.certificate.what": (
        "足够多的机构签了这个区块",
        "Enough of them signed this block",
    ),
    "step.header": ("区块头", "Header"),
    "step.header.what": (
        "签的正是这个区块",
        "What they signed is this very block",
    ),
    "step.trie": ("账本路径", "Ledger path"),
    "step.trie.what": (
        "这条记录确实在账本里",
        "The record stands in the ledger of that block",
    ),
    "step.leaf": ("票据记录", "Bill record"),
    "step.leaf.what": (
        "代码、号码和金额就是账本上的",
        "Code, number and amounts are those in the ledger",
    ),
    "step.document": ("票据明细", "Details"),
    "step.document.what": (
        "每一行明细都与开票时一致",
        "Every line is as it was when the bill was issued",
    ),
    "step.page": ("本页内容", "This page"),
    "step.page.what": (
        "页面显示的正是凭证里的内容",
        "What the page shows is what the receipt says",
    ),
    "verify.title": ("查验票据", "Check a bill"),
    "verify.lead": (
        "收到别人的票据凭证？选择文件，查验在您的设备上完成，文件不会上传。",
        "Did somebody give you a receipt? Choose the file. "
        "It is checked on your device and never uploaded.",
    ),
    "verify.receipt": ("票据凭证文件（.json）", "Receipt file (.json)"),
    "verify.genesis": ("创世文件（可选）", "Genesis file (optional)"),
    "verify.genesis_hint": (
        "不选则用本站的创世文件。更稳妥的做法：用您自己从财政部门等处得到的那一份。",
        "Without one, this site's is used. Safer: the one you got from a public body yourself.",
    ),
    "verify.start": ("开始查验", "Check it"),
    "verify.chain": ("本站账本的指纹", "Fingerprint of this site's ledger"),
    "verify.chain_hint": (
        "创世文件的 SHA-256。请与任一参与机构公布的指纹比对。",
        "SHA-256 of the genesis file. Compare it with what any member publishes.",
    ),
    "verify.offline_title": ("不想相信本网站？", "Rather not trust this site?"),
    "verify.offline": (
        "网页只能证明数据没被改动，不能证明网页自己。您可以断网查验：",
        "A page can prove its data, never itself. You can check without it:",
    ),
    "verify.offline_page": (
        "下载单文件查验页 verifier.html，存到本机，断网打开。",
        "Download the single-file checker verifier.html, save it and open it with the network off.",
    ),
    "verify.get_verifier": ("下载查验页", "Download the checker"),
    "verify.verifier_hash": ("查验页的指纹", "Fingerprint of the checker"),
    "verify.verifier_hint": (
        "SHA-256。请与财政部门等参与机构另行公布的指纹比对：本站给出的文件和指纹不能互相证明。",
        "SHA-256. It is published elsewhere too, by finance and the other members: compare it "
        "there. A file and a fingerprint from one site cannot vouch for each other.",
    ),
    "verify.offline_command": (
        "或在电脑上运行：",
        "Or run this on a computer:",
    ),
    "verify.get_genesis": ("下载创世文件", "Download the genesis file"),
    "verify.facts": ("账本上写着", "What the ledger says"),
    "verify.absent": (
        "证明的结论是：账本上没有这张票据。",
        "What is proved: there is no such bill in the ledger.",
    ),
    "verify.still": (
        "证明说的是这个区块时的情况；之后是否冲红、报销，请向开票单位查询。",
        "This holds as of that block. Whether the bill was reversed or reimbursed since, "
        "ask the issuer.",
    ),
    "fact.issuer": ("开票单位", "Issued by"),
    "fact.total": ("金额合计", "Total"),
    "fact.issued": ("开票时间", "Issued"),
    "fact.signers": ("共同签名的机构", "Signed by"),
    "fact.code": ("票据代码", "Bill code"),
    "fact.number": ("票据号码", "Bill number"),
    "fact.height": ("区块高度", "Block height"),
}
