/* The public check: a receipt file, and a genesis file or this site's own. Nothing is uploaded. */
"use strict";
(function (piaolian) {
  const FILE_SIZE_MAX = 32 * 1024 * 1024;
  const box = document.getElementById("check");
  const facts = document.getElementById("facts");
  let own = null;

  async function bytesOf(input) {
    const file = input.files[0];
    if (file.size > FILE_SIZE_MAX) throw new Error("file.too_long");
    return new Uint8Array(await file.arrayBuffer());
  }

  async function chosenGenesis() {
    const input = document.getElementById("genesis-file");
    if (input.files.length) return bytesOf(input);
    return own || piaolian.check.fetchGenesis();
  }

  const yuan = (fen) => String(fen).padStart(3, "0").replace(/(\d\d)$/, ".$1");
  const moment = (ms) => new Date(Number(ms) + 8 * 3600000).toISOString().slice(0, 16).replace("T", " ");

  function showFacts({ ok, facts: known }) {
    facts.hidden = !ok;
    if (!ok) return;
    const bill = known.bill;
    const shown = {
      code: known.code || known.keyText,
      number: known.code ? String(known.number).padStart(10, "0") : "–", height: known.height,
      issuer: bill ? bill.issuer : "–", total: bill ? "¥" + yuan(bill.amounts[0]) : "–",
      issued: bill ? moment(bill.timeMs) : "–", signers: known.signers.join("、"),
      absent: known.kind === "no-bill",
    };
    for (const place of facts.querySelectorAll("[data-fact]"))
      place.textContent = shown[place.dataset.fact];
    document.getElementById("absent").hidden = !shown.absent;
  }

  async function check() {
    let genesis = null;
    facts.hidden = true;
    try {
      genesis = await chosenGenesis();
      const bytes = await bytesOf(document.getElementById("receipt-file"));
      const receipt = piaolian.readJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      showFacts(await piaolian.check.run(box, receipt, genesis));
    } catch (error) {
      const text = genesis ? box.dataset.textUnreadable : box.dataset.textNoGenesis;
      piaolian.check.show(box, "failed", text);
    }
    box.scrollIntoView({ block: "nearest" });
  }

  document.getElementById("verify-form").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  /* Fetched at once, so that the check works with the network off. */
  piaolian.check.fetchGenesis().then((genesis) => { own = genesis; }, () => {});
})(window.piaolian);
