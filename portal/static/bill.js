/* The bill's page: checks the receipt that came with the page, and that the page shows it. */
"use strict";
(function (piaolian) {
  const box = document.getElementById("check");
  const again = document.getElementById("check-again");
  const print = document.getElementById("print");
  let genesis = null;

  function valueAt(tree, path) {
    return path.split("/").reduce((at, key) => (at == null ? at : at[key]), tree);
  }

  /* Figures are the same whatever zeros end them; an amount that was left out is none. */
  function plain(value) {
    const text = value == null || value === "" ? "0" : String(value);
    return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
  }

  /* Every element that names a field of the details must show exactly that field's text. */
  function pageSteps(receipt) {
    const details = piaolian.readJson(receipt.details.text);
    const lines = document.querySelectorAll(".line").length;
    /* A red bill shows the amounts of the bill it takes back, negated on its face. */
    const isRed = document.querySelector(".bill").dataset.validity === "red";
    const shown = (element) => (isRed ? element.textContent.replace(/^-/, "") : element.textContent);
    const isAll = lines === (details.listDetail || []).length;
    const differs = [...document.querySelectorAll("[data-field]")].filter((element) => {
      return plain(shown(element)) !== plain(valueAt(details, element.dataset.field));
    });
    for (const element of differs) element.classList.add("differs");
    const isSame = isAll && differs.length === 0;
    return [{ name: "page", ok: isSame, code: isSame ? "" : "page.differs" }];
  }

  async function check() {
    try {
      genesis = genesis || (await piaolian.check.fetchGenesis());
      const receipt = piaolian.readJson(document.getElementById("receipt").textContent);
      await piaolian.check.run(box, receipt, genesis, () => pageSteps(receipt));
    } catch (error) {
      const text = genesis ? box.dataset.textImpossible : box.dataset.textNoGenesis;
      piaolian.check.show(box, "impossible", text);
    }
    again.hidden = false;
  }

  print.hidden = false;
  print.addEventListener("click", () => window.print());
  again.addEventListener("click", check);
  check();
})(window.piaolian);
