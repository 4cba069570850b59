/* Keeps an open page current: hears that something changed, asks for the page again and puts its
   live part in place. Lines of an order never change and stay. */
"use strict";
(function () {
  const live = document.getElementById("live");
  const said = document.getElementById("said");
  if (!live || !window.EventSource) return;
  let source = null;
  let isBusy = false;
  let isDue = false;

  function address() {
    const url = new URL(window.location.href);
    url.searchParams.set("live", "");
    return url.href;
  }

  /* Whoever used the keyboard stays where they were, if that is still there. */
  function put(fresh) {
    const link = live.contains(document.activeElement) && document.activeElement;
    const href = link && link.getAttribute("href");
    const id = link && link.id;
    live.replaceChildren(...document.adoptNode(fresh).childNodes);
    live.dataset.revision = fresh.dataset.revision;
    if (said.textContent !== fresh.dataset.said && live.dataset.said !== fresh.dataset.said) {
      said.textContent = fresh.dataset.said;
    }
    live.dataset.said = fresh.dataset.said;
    const links = [...live.querySelectorAll("a")];
    const same = id ? document.getElementById(id) : links.find((it) => href && it.getAttribute("href") === href);
    if (same) same.focus();
  }

  async function refresh() {
    const response = await fetch(address(), { credentials: "same-origin" });
    if (response.redirected) {
      if (source) source.close();
      const url = new URL(response.url);
      url.searchParams.delete("live");
      window.location.assign(url.href);
      return;
    }
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("live");
    if (fresh) put(fresh);
  }

  async function heard() {
    isDue = true;
    if (isBusy) return;
    isBusy = true;
    while (isDue) {
      isDue = false;
      try {
        await refresh();
      } catch (error) {
        /* The portal is away; the stream comes again and tells. */
      }
    }
    isBusy = false;
  }

  /* A browser keeps few connections a site: a page that nobody sees gives its own back. */
  function follow() {
    if (source) source.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/follow?seen=" + encodeURIComponent(live.dataset.revision));
    source.addEventListener("changed", heard);
    source.addEventListener("over", () => {
      source.close();
      window.location.assign("/login?over");
    });
  }

  follow();
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => source && source.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
