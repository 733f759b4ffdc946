// Spares the reader a reload: fetches the page again and swaps what changed, keeping open what was opened.
// Without this script the page reloads itself once a minute.
"use strict";
(() => {
  const everyMs = 1000 * Number(document.getElementById("main").dataset.refresh || 30);
  const time = () => new Date().toTimeString().slice(0, 8);

  async function refresh() {
    if (document.hidden) return;
    try {
      const reply = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!reply.ok) throw new Error(`answer ${reply.status}`);
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
      const before = document.getElementById("main");
      const after = fresh.getElementById("main");
      for (const opened of before.querySelectorAll("details[open]")) {
        const same = after.querySelector(`#${CSS.escape(opened.id)}`);
        if (same) same.open = true;
      }
      const focused = document.activeElement && document.activeElement.closest("details");
      before.replaceWith(after);
      document.title = fresh.title;
      if (focused) document.getElementById(focused.id)?.querySelector("summary").focus({ preventScroll: true });
    } catch (error) {
      const lost = document.getElementById("lost");
      if (lost.hidden) lost.textContent = `The box has not answered since ${time()} (${error.message}): what you see is old.`;
      lost.hidden = false;
    }
  }

  setInterval(refresh, everyMs);
  document.addEventListener("visibilitychange", refresh);
})();
