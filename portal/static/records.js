/* Keeps the open page of records current: hears that something changed, asks for what is new and
   puts each record in its place. The list is never made anew; many changes at once are one question. */
"use strict";
(function (piaolian) {
  const list = document.getElementById("records");
  if (!list) return;
  const said = document.getElementById("said");
  const count = document.getElementById("count");
  const elsewhere = document.getElementById("elsewhere");
  const trends = document.getElementById("trends");
  const trendList = document.getElementById("trend-list");
  const isFirst = list.dataset.first === "yes";
  const PAUSE_MS = 250;
  const SAY_MS = 1500;
  const POLL_MS = 5000;
  const FOLLOW_AGAIN_MS = 30000;
  const SHOWN_MAX = 800;
  const told = { new: 0, amended: 0 };
  let mark = list.dataset.revision;
  let source = null;
  let poll = 0;
  let sayLater = 0;
  let isBusy = false;
  let isDue = false;

  const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function partOf(html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    return box.content.firstElementChild;
  }

  /* The first record that stands below a place; records stand from the greatest place down. */
  function below(place) {
    let low = 0, high = list.children.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list.children[middle].dataset.place > place) low = middle + 1;
      else high = middle;
    }
    return list.children[low] || null;
  }

  function isOpen(record) {
    const box = record.querySelector(".record-box");
    return Boolean(box && box.open);
  }

  /* Whoever reads a record that is amended goes on reading it, and whoever used the keyboard stays. */
  function replace(old, fresh) {
    const hadFocus = old.contains(document.activeElement);
    const box = fresh.querySelector(".record-box");
    if (box) box.open = isOpen(old);
    old.remove();
    list.insertBefore(fresh, below(fresh.dataset.place));
    if (hadFocus && box) box.querySelector("summary").focus({ preventScroll: true });
  }

  function say() {
    sayLater = 0;
    const words = ["new", "amended"].filter((it) => told[it]).map((it) =>
      said.dataset[it === "new" ? "textNew" : "textAmended"].replace("{count}", told[it]));
    said.textContent = words.join(" ");
  }

  function tell(what) {
    if (!said) return;
    told[what] += 1;
    sayLater = sayLater || setTimeout(say, SAY_MS);
  }

  function put(item) {
    const present = document.getElementById(item.id);
    const earlier = item.instead.map((id) => document.getElementById(id)).filter(Boolean);
    if (present && !present.classList.contains("is-closed") && earlier.length === 0) return;
    const fresh = item.html ? partOf(item.html) : null;
    const old = present || earlier[0];
    if (!fresh) return [present, ...earlier].forEach((it) => it && it.remove());
    if (old) replace(old, fresh);
    else if (isFirst) list.insertBefore(fresh, below(item.place));
    else if (elsewhere) elsewhere.hidden = false;
    earlier.filter((it) => it !== old).forEach((it) => it.remove());
    if (!fresh.isConnected) return;
    fresh.classList.add("is-new");
    tell(earlier.length ? "amended" : "new");
    if (piaolian.watchRecord) piaolian.watchRecord(fresh);
  }

  function putTrend(item) {
    const old = document.getElementById(item.id), fresh = partOf(item.html);
    if (!old) return trendList.append(fresh);
    fresh.querySelector("details").open = old.querySelector("details").open;
    old.replaceWith(fresh);
  }

  function apply(answer) {
    answer.items.forEach(put);
    while (list.children.length > SHOWN_MAX) list.lastElementChild.remove();
    const none = document.getElementById("none");
    if (none && list.children.length) none.remove();
    if (count && answer.items.length) count.textContent = answer.count;
    if (count && answer.items.length) document.querySelector(".filters").hidden = false;
    if (trends && answer.trends.length) {
      answer.trends.forEach(putTrend);
      trends.hidden = false;
      document.getElementById("trend-count").textContent = trendList.children.length;
    }
  }

  /* Asks for one piece of news; tells whether there is more of it already. */
  async function ask() {
    const query = list.dataset.query ? "&" + list.dataset.query : "";
    const response = await fetch("/records/news?after=" + encodeURIComponent(mark) + query,
      { credentials: "same-origin" });
    if (response.redirected) {
      if (source) source.close();
      window.location.assign(response.url);
      return false;
    }
    if (!response.ok) throw new Error("away");
    const answer = await response.json();
    apply(answer);
    /* What could not be opened is asked for again, from the same mark. */
    if (answer.again) setTimeout(heard, POLL_MS * 3);
    else mark = answer.revision;
    return answer.more && !answer.again;
  }

  async function heard() {
    isDue = true;
    if (isBusy) return;
    isBusy = true;
    while (isDue) {
      isDue = false;
      try {
        while (await ask());
      } catch (error) {
        setTimeout(heard, POLL_MS);
      }
      await rest(PAUSE_MS);
    }
    isBusy = false;
  }

  /* Where no stream comes through, the page asks now and then, and tries the stream again. */
  function startPolling() {
    if (poll) return;
    poll = setInterval(heard, POLL_MS);
    setTimeout(follow, FOLLOW_AGAIN_MS);
  }

  function stopPolling() {
    clearInterval(poll);
    poll = 0;
  }

  function follow() {
    if (source) source.close();
    source = null;
    stopPolling();
    if (document.hidden) return;
    if (!window.EventSource) {
      poll = setInterval(heard, POLL_MS);
      return;
    }
    source = new EventSource("/follow?seen=" + encodeURIComponent(mark));
    source.addEventListener("open", stopPolling);
    source.addEventListener("changed", heard);
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) startPolling();
    });
    source.addEventListener("over", () => {
      source.close();
      window.location.assign("/login?over");
    });
  }

  /* A link to a record opens it. */
  function openTarget() {
    const target = document.getElementById(window.location.hash.slice(1));
    const box = target && target.querySelector(".record-box");
    if (box) box.open = true;
  }

  if (count) follow();
  openTarget();
  window.addEventListener("hashchange", openTarget);
  document.addEventListener("visibilitychange", () => count && follow());
  window.addEventListener("pagehide", () => source && source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})(window.piaolian = window.piaolian || {});
