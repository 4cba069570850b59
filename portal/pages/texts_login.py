"""Sentences of the frame, the login and the error pages: key -> (Chinese, English)."""

LOGIN = {
    "frame.name": ("票链", "Piaolian"),
    "frame.promise": ("医疗电子票据，人人可查验", "Medical e-bills that anyone can check"),
    "frame.skip": ("跳到正文", "Skip to content"),
    "frame.other_language": ("English", "中文"),
    "frame.bills": ("票据", "Bills"),
    "frame.records": ("病历", "Records"),
    "frame.verify": ("查验", "Check"),
    "frame.logout": ("退出登录", "Log out"),
    "frame.login": ("登录", "Log in"),
    "frame.menu": ("页面导航", "Pages"),
    "frame.foot": (
        "本页只保存加密摘要，不保存您的姓名、证件号和手机号。",
        "This site keeps keyed hashes only: not your name, id number or phone.",
    ),
    "login.title": ("登录", "Log in"),
    "login.lead": (
        "输入您已绑定的手机号，我们把一次性验证码发到这部手机。",
        "Enter the phone you have bound. We send a one-time code to it.",
    ),
    "login.phone": ("手机号", "Mobile number"),
    "login.phone_hint": ("11 位数字", "11 digits"),
    "login.send": ("获取验证码", "Send me a code"),
    "login.first_title": ("第一次来？", "Here for the first time?"),
    "login.first_lead": (
        "用身份证号和任意一张票据的校验码登录，顺便绑定手机。只需一次。",
        "Log in with your id number and the check code of any of your bills. "
        "This binds your phone; you do it once.",
    ),
    "login.first_go": ("首次登录", "First login"),
    "first.title": ("首次登录", "First login"),
    "first.lead": (
        "请准备好身份证和一张就诊票据。验证码只会发到那张票据上登记的手机。",
        "Have your id card and one bill at hand. "
        "The code goes only to the phone that was given for that bill.",
    ),
    "first.id": ("身份证号", "Resident id number"),
    "first.id_hint": (
        "18 位；没有身份证时填就诊登记的证件号",
        "18 characters; without one, the document number given at the hospital",
    ),
    "first.check_code": ("票据校验码", "Check code of a bill"),
    "first.check_code_hint": (
        "票据右上角“校验码”后的 6 位字母或数字",
        "6 letters or digits after 校验码, at the top right of the bill",
    ),
    "first.back": ("已经绑定过？用手机号登录", "Phone already bound? Log in with it"),
    "first.other_phone": (
        "手机号换了，或票据上没有手机号？请带身份证到医院收费窗口更正。",
        "Other phone now, or none on the bill? "
        "Bring your id card to the hospital's cashier to have it put right.",
    ),
    "code.title": ("输入验证码", "Enter the code"),
    "code.lead": (
        "如果您填写的信息无误，6 位验证码已发出，{minutes} 分钟内有效。",
        "If what you entered is right, a 6-digit code is on its way. "
        "It is valid for {minutes} minutes.",
    ),
    "code.code": ("验证码", "Code"),
    "code.enter": ("登录", "Log in"),
    "code.none": (
        "一分钟还没收到？请返回核对填写的内容，再获取一次。",
        "Nothing after a minute? Go back, check what you entered and ask again.",
    ),
    "code.back": ("返回重填", "Go back"),
    "login.malformed_phone": (
        "手机号应为 11 位数字，请核对。",
        "A mobile number has 11 digits. Please check it.",
    ),
    "login.malformed_id": (
        "证件号看起来有误，请逐位核对。",
        "This number seems to have a typing error. Please check each digit.",
    ),
    "login.malformed_check_code": (
        "校验码应为 6 位字母或数字。",
        "A check code has 6 letters or digits.",
    ),
    "login.malformed_code": ("验证码是 6 位数字。", "The code has 6 digits."),
    "login.wrong_code": (
        "验证码不正确，还可以再试 {tries_left} 次。",
        "This is not the code. You can try {tries_left} more times.",
    ),
    "login.code_over": (
        "验证码已失效，请重新获取。",
        "The code is no longer valid. Please ask for a new one.",
    ),
    "login.too_often": (
        "尝试次数过多。为了您的安全，请 {minutes} 分钟后再来。",
        "Too many tries. To keep you safe, please come back in {minutes} minutes.",
    ),
    "login.over": (
        "您已退出。为了您的安全，长时间不用也会自动退出。",
        "You are logged out. To keep you safe this also happens when you are away for long.",
    ),
    "error.403.title": ("页面已过期", "This page is out of date"),
    "error.403.body": (
        "请返回上一页，刷新后再试一次。",
        "Please go back, reload the page and try once more.",
    ),
    "error.404.title": ("没有找到", "Not found"),
    "error.404.body": (
        "这里没有您要找的页面或票据。",
        "There is no such page, or no such bill of yours.",
    ),
    "error.405.title": ("不能这样操作", "This does not work here"),
    "error.405.body": ("请从首页重新开始。", "Please start again from the first page."),
    "error.413.title": ("提交的内容太长", "That was too long"),
    "error.413.body": ("请返回并缩短后再提交。", "Please go back and send less."),
    "error.415.title": ("不能这样提交", "This cannot be sent that way"),
    "error.415.body": ("请使用页面上的表单。", "Please use the form on the page."),
    "error.429.title": ("请稍等片刻", "One moment, please"),
    "error.429.body": (
        "请求太频繁了，一分钟后再试就好。",
        "That was very often. Try again in a minute.",
    ),
    "error.500.title": ("出了点问题", "Something went wrong"),
    "error.500.body": (
        "是我们的问题，不是您的。请稍后再试。",
        "It is our fault, not yours. Please try again later.",
    ),
    "error.503.title": ("暂时连不上账本", "The ledger is out of reach"),
    "error.503.body": (
        "医院的节点暂时没有回应。您的票据安全无恙，列表仍可查看；明细请过几分钟再看。",
        "The hospital's node does not answer just now. Your bills are safe and the list still "
        "works; come back for the details in a few minutes.",
    ),
    "error.home": ("回到首页", "To the first page"),
}
