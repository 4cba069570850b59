/* The page of the verifier that works from disk: takes the files, runs the check, shows it. */
"use strict";
(function (piaolian) {
  /* A receipt whose text is as long as the check takes, were it all quotes. */
  const SIZE_MAX = 18 * 1024 * 1024;
  const LABELS = {
    code: ["票据代码", "Bill code"], number: ["票据号码", "Bill number"],
    checkCode: ["校验码", "Check code"], issuer: ["开票单位", "Issuer"],
    validity: ["票据状态", "Status"], counterpart: ["相关票据", "Related bill"],
    replacedBy: ["重新开具为", "Replaced by"], paper: ["纸质票据", "On paper"],
    issued: ["开票时间", "Issued"], businessNumber: ["业务流水号", "Business number"],
    total: ["合计（元）", "Total (yuan)"], fund: ["医保统筹基金支付", "Insurance fund"],
    other: ["其他支付", "Other"], account: ["个人账户支付", "Personal account"],
    own: ["个人现金支付", "Paid in person"], chainName: ["账本", "Ledger"],
    height: ["账本高度", "Ledger height"], time: ["证明的时刻", "Proved as of"],
    age: ["距今", "Age by this device"], signers: ["签名机构", "Signed by"],
    payer: ["交款人", "Payer"], idCardNo: ["证件号码", "Resident id"], tel: ["电话", "Phone"],
    sex: ["性别", "Sex"], payee: ["收款人", "Cashier"], checker: ["复核人", "Checked by"],
    author: ["开票人", "Written by"], listDetail: ["项目明细", "Items"],
    chargeDetail: ["收费项目", "Charges"], payChannelDetail: ["支付渠道", "Channels"],
    others: ["其他字段", "Other fields"],
    entry: ["记录", "Records"], document: ["文档编号", "Document"], kind: ["文档类别", "Kind"],
    custodian: ["保管单位", "Custodian"], state: ["文档状态", "Status"],
    published: ["发布时间", "Published"], retention: ["保管年限", "Kept for"],
    supersedes: ["更正的文档", "Amends"], supersededBy: ["更正后的文档", "Superseded by"],
    key: ["账本记录的键", "Key in the ledger"], record: ["记录内容", "Its bytes"],
  };
  const VALIDITY = {
    issued: ["有效", "Valid"], reversed: ["已冲红，不再有效", "Reversed: it counts no more"],
    red: ["红票：冲销相关票据", "A red bill: it takes the related bill back"],
  };
  const KINDS = {
    "01": ["门（急）诊病历", "Outpatient record"], "02": ["住院病历", "Inpatient record"],
    "03": ["健康档案", "Health file"],
  };
  const STATES = {
    published: ["有效，未被更正", "In force: nothing superseded it"],
    superseded: ["已被更正，不是最新版本", "Superseded: it is not the newest"],
  };
  const NOTHING = ["无此记录", "Nothing stands there"];
  const ON_PAPER = ["已换开纸质票据", "Handed out on paper"];
  const ON_THE_FACE = ["busNo", "totalAmt", "fundPay", "otherfundPay", "accountPay", "ownPay"];
  const CHANNELS = {
    "02": ["现金", "Cash"], "04": ["支付宝", "Alipay"], "05": ["微信支付", "WeChat Pay"],
    "07": ["银行卡", "Bank card"], 11: ["医保支付", "Medical insurance"],
  };
  const files = { genesis: null, receipt: null };
  const byId = (id) => document.getElementById(id);
  const nameOf = ([code, number]) => `${code} ${String(number).padStart(10, "0")}`;

  function yuan(fen) {
    const amount = Math.abs(fen), rest = String(amount % 100).padStart(2, "0");
    return `${fen < 0 ? "-" : ""}${Math.floor(amount / 100)}.${rest}`;
  }

  /* A text in both languages; the page's language shows one. */
  function both(parent, [zh, en]) {
    for (const [lang, text] of [["zh", zh], ["en", en]]) {
      const span = parent.appendChild(document.createElement("span"));
      span.lang = lang;
      span.textContent = text;
    }
  }

  function row(list, name, value, className) {
    const line = list.appendChild(document.createElement("div"));
    line.className = className || "";
    both(line.appendChild(document.createElement("dt")), LABELS[name] || [name, name]);
    const place = line.appendChild(document.createElement("dd"));
    if (Array.isArray(value)) both(place, value); else place.textContent = value;
  }

  function moment(timeMs) {
    const options = { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "medium" };
    return ["zh-CN", "en-GB"].map((lang) => new Intl.DateTimeFormat(lang, options).format(timeMs));
  }

  function age(timeMs) {
    const minutes = Math.floor((Date.now() - timeMs) / 60000);
    if (minutes < 0) return ["晚于本机时钟", "ahead of this clock"];
    if (minutes < 120) return [`${minutes} 分钟`, `${minutes} minutes`];
    const hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    return hours < 48 ? [`${hours} 小时`, `${hours} hours`] : [`${days} 天`, `${days} days`];
  }

  function showDocument(list, it) {
    row(list, "kind", KINDS[it.kind] || [it.kind, it.kind], "kind");
    row(list, "state", STATES[it.state], "validity");
    for (const name of ["supersededBy", "supersedes"]) if (it[name]) row(list, name, it[name]);
    row(list, "document", it.name);
    row(list, "custodian", it.custodian);
    row(list, "published", moment(it.timeMs));
    row(list, "retention", [`${it.years} 年`, `${it.years} years`]);
  }

  function showFacts(facts) {
    const list = byId("facts"), bill = facts.bill;
    list.replaceChildren();
    if (facts.document) showDocument(list, facts.document);
    if (bill) {
      row(list, "total", yuan(bill.amounts[0]), "total");
      row(list, "validity", VALIDITY[bill.validity], "validity");
      if (bill.counterpart) row(list, "counterpart", nameOf(bill.counterpart));
      if (bill.replacedBy) row(list, "replacedBy", nameOf(bill.replacedBy));
      if (bill.isOnPaper) row(list, "paper", ON_PAPER);
    }
    if (facts.keyText && !facts.document) {
      row(list, "key", facts.keyText);
      row(list, "record", facts.valueHex || NOTHING);
    } else if (!facts.document) {
      row(list, "code", facts.code);
      row(list, "number", String(facts.number).padStart(10, "0"));
    }
    if (bill) {
      for (const name of ["checkCode", "issuer", "businessNumber"]) row(list, name, bill[name]);
      row(list, "issued", moment(bill.timeMs));
      ["fund", "other", "account", "own"].forEach((name, i) =>
        row(list, name, yuan(bill.amounts[i + 1])));
    }
    row(list, "chainName", facts.chainName);
    row(list, "height", facts.height);
    row(list, "time", moment(facts.timeMs));
    row(list, "age", age(facts.timeMs));
    row(list, "signers", facts.signers.join("、"));
  }

  const scalar = (part) => (part.open.startsWith('"') ? JSON.parse(part.text) : part.text);

  /* One line of a list: its name, how many at which price, its amount. */
  function showLine(list, part) {
    const line = list.appendChild(document.createElement("li"));
    const field = Object.fromEntries(part.parts.map(([name, inner]) => [name, scalar(inner)]));
    const name = field.name || field.chargeName || field.payChannelCode || part.text;
    const place = line.appendChild(document.createElement("span"));
    both(place, (field.payChannelCode && CHANNELS[name]) || [name, name]);
    if (field.std && field.number) {
      const small = place.appendChild(document.createElement("small"));
      small.textContent = `${field.std} × ${field.number} ${field.unit || ""}`;
    }
    const amount = line.appendChild(document.createElement("b"));
    amount.textContent = field.amt || field.payChannelValue || "";
  }

  /* One resource of a record: what it is, and its own text. */
  function showEntry(list, part) {
    const { resource } = JSON.parse(part.text) || {};
    const place = list.appendChild(document.createElement("li"))
      .appendChild(document.createElement("details"));
    const name = resource ? `${resource.resourceType} ${resource.id || ""}` : part.text.slice(0, 80);
    place.appendChild(document.createElement("summary")).textContent = name;
    place.appendChild(document.createElement("pre")).textContent = part.text;
  }

  function showDetails(shown) {
    const place = byId("shown"), lists = new Map();
    place.replaceChildren();
    const known = document.createElement("dl"), others = document.createElement("details");
    both(others.appendChild(document.createElement("summary")), LABELS.others);
    const rest = others.appendChild(document.createElement("dl"));
    for (const [path, value] of shown) {
      const [name, index] = path.split("/"), part = piaolian.splitJson(value);
      if (index === undefined) {
        if (!ON_THE_FACE.includes(name)) row(LABELS[name] ? known : rest, name, scalar(part));
        continue;
      }
      if (!lists.has(name)) lists.set(name, document.createElement("ul"));
      lists.get(name).className = "lines";
      (name === "entry" ? showEntry : showLine)(lists.get(name), part);
    }
    place.append(known);
    for (const [name, list] of [...lists].reverse()) {
      both(place.appendChild(document.createElement("h3")), LABELS[name] || [name, name]);
      place.append(list);
    }
    if (rest.children.length) place.append(others);
  }

  function showSteps(steps, hasDetails) {
    for (const item of document.querySelectorAll(".steps li")) {
      const step = steps.find(({ name }) => name === item.dataset.step);
      item.dataset.state = step ? (step.ok ? "passed" : "failed") : "skipped";
      item.querySelector("code").textContent = step && !step.ok ? step.code : "";
      item.hidden = item.dataset.step === "document" && !step && !hasDetails;
      if (step && !step.ok) {
        byId("failed-name").replaceChildren(...item.querySelector("b").cloneNode(true).childNodes);
      }
    }
  }

  async function check() {
    document.body.className = files.genesis && files.receipt ? "running" : "waiting";
    if (!files.genesis || !files.receipt) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    let answer = { ok: false, steps: [], facts: null }, receipt = {};
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(files.receipt);
      receipt = piaolian.readJson(text);
      answer = piaolian.verifyReceipt(receipt, files.genesis);
      if (answer.ok) showFacts(answer.facts);
      if (answer.ok) showDetails(answer.facts.shown);
    } catch (error) {
      answer.ok = false;
    }
    byId("unreadable").hidden = answer.steps.length > 0;
    const isLarge = answer.steps.some(({ code }) => code === "document.too_long");
    byId("too-large").hidden = !isLarge;
    byId("failed-step").hidden = answer.steps.length === 0 || isLarge;
    const told = answer.ok ? answer.facts.document : null;
    byId("superseded").hidden = !told || told.state === "published";
    const kind = answer.ok ? answer.facts.kind : "bill";
    const counts = !answer.ok || !answer.facts.bill || answer.facts.bill.validity === "issued";
    byId("counts-no-more").hidden = counts;
    const shown = told ? "of-document" : { bill: "of-bill", "no-bill": "of-none" }[kind] || "of-fact";
    for (const name of ["of-bill", "of-none", "of-document", "of-fact"])
      for (const place of document.querySelectorAll(`.${name}`)) place.hidden = name !== shown;
    byId("bill-card").hidden = !answer.ok;
    showSteps(answer.steps, Boolean(receipt && receipt.details));
    document.body.className = answer.ok ? "passed" : "failed";
  }

  /* Says that a file is too large for a browser, and that it may be good all the same. */
  function refuseLarge() {
    for (const id of ["unreadable", "failed-step", "superseded", "counts-no-more", "bill-card"])
      byId(id).hidden = true;
    byId("too-large").hidden = false;
    showSteps([], false);
    document.body.className = "failed";
  }

  async function take(file, kind) {
    if (file.size > SIZE_MAX) {
      files[kind || "receipt"] = null;
      refuseLarge();
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const isGenesis = new TextDecoder().decode(bytes).includes('"piaolian-genesis-1"');
    const name = kind || (isGenesis ? "genesis" : "receipt");
    files[name] = bytes;
    byId(`${name}-zone`).dataset.chosen = file.name;
    if (!kind) byId(`${name}-zone`).querySelector(".hint").textContent = file.name;
    if (name === "genesis") {
      const digits = Array.from(piaolian.sha256(bytes), (b) => b.toString(16).padStart(2, "0"));
      byId("chain").textContent = digits.join("").replace(/.{8}/g, "$& ").trim();
    }
    await check();
  }

  for (const kind of Object.keys(files)) {
    byId(`${kind}-file`).addEventListener("change", ({ target }) =>
      target.files[0] && take(target.files[0], kind));
  }
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    for (const file of event.dataTransfer.files) await take(file);
    document.body.classList.remove("dragging");
  });
  byId("language").addEventListener("click", () => {
    const root = document.documentElement;
    root.lang = root.lang === "zh" ? "en" : "zh";
  });
  if (!navigator.language.toLowerCase().startsWith("zh")) document.documentElement.lang = "en";
})(window.piaolian);
