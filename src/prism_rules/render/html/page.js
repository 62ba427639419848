// Filters of the actions, folds for paper, and links into folds. Without this file everything is shown.
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const status = document.getElementById("shown");
  const items = [...document.querySelectorAll("#actions > li")];
  const selects = form ? [...form.querySelectorAll("select")] : [];

  const apply = () => {
    let shown = 0;
    for (const item of items) {
      item.hidden = !selects.every(
        (select) => !select.selectedIndex || item.dataset[select.name].split(" ").includes(String(select.selectedIndex))
      );
      shown += !item.hidden;
    }
    if (status) status.textContent = shown === items.length ? `All ${shown} shown` : `${shown} of ${items.length} shown`;
  };

  const keep = (place) => {
    const kept = new URLSearchParams();
    for (const select of selects) if (select.value) kept.set(select.name, select.value);
    const fragment = [place, kept.toString()].filter(Boolean).join("&");
    history.replaceState(null, "", location.href.split("#")[0] + (fragment ? `#${fragment}` : ""));
  };

  const choose = (asked) => {
    for (const select of selects) {
      const options = [...select.options].map((option) => option.value);
      select.selectedIndex = Math.max(0, options.indexOf(asked.get(select.name) ?? ""));
    }
    apply();
  };
  const clear = () => choose(new URLSearchParams());

  // The fragment has a place on the page, filters, or both: `#do&state=blocked`.
  const follow = () => {
    const fragment = location.hash.slice(1);
    const [place, ...filters] = fragment.split("&");
    const target = document.getElementById(place);
    // A link names a place alone, and leaves the filters as they are.
    if (!target) choose(new URLSearchParams(fragment));
    else if (filters.length) choose(new URLSearchParams(filters.join("&")));
    else apply();
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    keep(place);
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const fold = target.querySelector(":scope > details");
    if (fold) fold.open = true;
    target.scrollIntoView();
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => { apply(); keep(); });
    document.getElementById("clear").addEventListener("click", () => { clear(); keep(); });
    const fold = document.getElementById("fold");
    fold.addEventListener("click", () => {
      const open = fold.getAttribute("aria-pressed") !== "true";
      fold.setAttribute("aria-pressed", String(open));
      for (const item of items) item.querySelector("details").open = open;
    });
  }
  addEventListener("hashchange", follow);
  follow();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const fold of closed) fold.open = true;
  });
  addEventListener("afterprint", () => { for (const fold of closed) fold.open = false; });
})();
