"""Sentences of orders and of paying: key -> (Chinese, English)."""

ORDERS = {
    "orders.title": ("缴费单", "Orders"),
    "orders.closed": ("已结束的缴费单", "Closed orders"),
    "order.split": ("谁付多少", "Who pays what"),
    "orders.own": ("应付", "Yours to pay"),
    "orders.by": ("请于 {moment} 前缴费", "Pay by {moment}"),
    "orders.opened": ("{date} 开具", "Opened {date}"),
    "orders.stray": ("有 ¥{amount} 将退回", "¥{amount} will be returned"),
    "order.title": ("缴费单", "Order to pay"),
    "order.number": ("缴费单号", "Order number"),
    "order.hospital": ("收款单位", "Payee"),
    "order.due": ("应付金额", "To pay"),
    "order.left": ("还需支付", "Still to pay"),
    "order.paid_sum": ("已缴", "Paid"),
    "order.until": ("缴费截止", "Pay by"),
    "order.opened": ("开单时间", "Opened"),
    "order.state_name": ("状态", "State"),
    "order.to_pay": ("待缴费", "To pay"),
    "order.part_paid": ("部分已缴", "Part paid"),
    "order.paid": ("已缴费，正在开票", "Paid, the bill is coming"),
    "order.deposit_held": ("预交金已到账", "Deposit received"),
    "order.billed": ("已开票", "Billed"),
    "order.cancelled": ("已取消", "Cancelled"),
    "order.expired": ("已过期", "Expired"),
    "order.returning": ("正在退款", "Money is being returned"),
    "order.returned": ("已退款", "Money was returned"),
    "order.bill_reversed": ("票据已冲红", "Its bill was reversed"),
    "order.to_pay.what": (
        "用手机扫码支付，不必再到窗口排队。付款到账后，电子票据会自动开出。",
        "Pay by phone instead of queueing at the desk. Once the money is recorded, "
        "the bill comes by itself.",
    ),
    "order.part_paid.what": (
        "还差一部分。付清后，电子票据会自动开出。",
        "A part is still missing. Once all is paid, the bill comes by itself.",
    ),
    "order.paid.what": (
        "款项已记入账本。票据通常几秒钟就开好，本页会自动更新，无需刷新。",
        "Your payment stands in the ledger. The bill usually takes a few seconds; "
        "this page updates by itself.",
    ),
    "order.deposit_held.what": (
        "预交金将在出院结算时抵扣，多余部分退还给您。",
        "The deposit counts towards the bill when you leave; what is left over is returned.",
    ),
    "order.billed.what": (
        "票据已开出，可以查看、保存和报销。",
        "The bill is there: look at it, keep it, claim with it.",
    ),
    "order.cancelled.what": (
        "医院取消了这张缴费单，您无需支付。",
        "The hospital cancelled this order; there is nothing to pay.",
    ),
    "order.expired.what": (
        "缴费时间已过。如仍需缴费，请到医院窗口重新开单。",
        "The time to pay is over. If it is still due, ask at the hospital's desk for a new order.",
    ),
    "order.returning.what": (
        "您缴的钱会原路退回，无需办理任何手续。",
        "What you paid goes back the way it came; there is nothing to do.",
    ),
    "order.returned.what": (
        "您缴的钱已原路退回。",
        "What you paid has gone back the way it came.",
    ),
    "order.bill_reversed.what": (
        "这张缴费单的票据已由医院冲红。",
        "The hospital reversed the bill of this order.",
    ),
    "order.return_by": (
        "¥{amount} 将在 {date} 前退回。",
        "¥{amount} will be returned by {date}.",
    ),
    "order.stray_by": (
        "{moment} 多付的 ¥{amount} 没有记入这张缴费单，将在 {date} 前退回。",
        "¥{amount} paid at {moment} found no place on this order and will be returned by {date}.",
    ),
    "order.stray_back": (
        "{moment} 多付的 ¥{amount} 已退回。",
        "¥{amount} paid at {moment} beside this order has been returned.",
    ),
    "order.back_sum": ("已退回", "Returned"),
    "order.money_back": ("退款", "Money that goes back"),
    "order.see_bill": ("查看票据", "See the bill"),
    "order.lines": ("费用明细", "What it is for"),
    "order.no_details": (
        "暂时看不到明细，不影响缴费。",
        "The details are out of reach just now; you can pay all the same.",
    ),
    "pay.button": ("去支付 ¥{amount}", "Pay ¥{amount}"),
    "pay.title": ("扫码支付", "Scan to pay"),
    "pay.lead": (
        "用手机扫一扫二维码；已经在手机上？点下面的按钮。",
        "Scan the code with your phone. On your phone already? Use the button below.",
    ),
    "pay.open": ("打开支付页面", "Open the payment page"),
    "pay.qr": ("支付二维码", "QR code to pay"),
    "pay.once": (
        "只需支付一次。付好后不用刷新，本页会自动更新；万一重复支付，多付的钱会自动退回。",
        "Pay once only. This page updates by itself. Should you pay twice by mistake, "
        "the second payment is returned.",
    ),
    "pay.waiting": ("等待支付…", "Waiting for the payment…"),
    "pay.back": ("返回缴费单", "Back to the order"),
    "pay.no_way": (
        "这家医院暂未开通线上缴费，请到窗口支付。",
        "This hospital takes no payments online yet. Please pay at the desk.",
    ),
    "pay.recording": (
        "支付公司已收到您的付款，正在记账。请不要再次支付，本页会自动更新。",
        "The payment company has your money and it is being recorded. "
        "Please do not pay again; this page updates by itself.",
    ),
    "pay.at_desk": (
        "这张缴费单尝试的次数太多了，请到医院窗口支付。",
        "This order was tried too often. Please pay at the hospital's desk.",
    ),
    "pay.under_way": (
        "有人正在支付这张缴费单，请稍等片刻再看。",
        "Somebody is paying this order right now. Please wait a moment.",
    ),
    "pay.try_later": (
        "支付公司暂时没有回应，您没有被扣款。请过几分钟再试。",
        "The payment company does not answer just now and nothing was taken from you. "
        "Please try again in a few minutes.",
    ),
    "pay.for_charge": ("{kind}费用", "{kind} charges"),
    "pay.for_deposit": ("{kind}预交金", "{kind} deposit"),
}
