"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const one = (query) => document.querySelector(query);

  // --- light and dark: the reader's choice, else the system's, and light on paper
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try { chosen = localStorage.getItem("bakeoff-theme"); } catch { /* no storage here */ }
  const button = one("#theme");
  const dress = () => {
    const theme = chosen || (system.matches ? "dark" : "light");
    root.dataset.theme = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${theme === "dark" ? "light" : "dark"} theme`);
  };
  button.addEventListener("click", () => {
    chosen = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("bakeoff-theme", chosen); } catch { /* no storage here */ }
    dress();
  });
  system.addEventListener("change", dress);
  // Nothing unfolds on paper: how models work is open there (charts in words are left out).
  let opened = [];
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    opened = all("section > details:not([open], .source), details.finding:not([open])");
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    dress();
  });
  dress();

  // --- contents and findings stand open where they leave room for the first chart
  const broad = matchMedia("(min-width: 48.01rem)").matches;
  for (const details of all("details.contents, details.findings")) details.open = broad;

  // --- filters
  const models = all("input[data-of=model]");
  const scenarios = all("input[data-of=scenario]");
  const rules = document.head.appendChild(document.createElement("style"));
  const count = one("#count");
  const quoted = (text) => JSON.stringify(text);
  const filter = () => {
    const out = models.filter((box) => !box.checked).map((box) => box.value);
    rules.textContent = out.map((name) => `[data-model=${quoted(name)}]{display:none}`).join("");
    const hidden = new Set(out);
    for (const svg of all("svg[data-row]")) {
      let gone = 0;
      for (const row of svg.children) {
        if (row.dataset.model === undefined) continue;
        if (hidden.has(row.dataset.model)) gone += 1;
        else row.setAttribute("transform", `translate(0 ${-gone * svg.dataset.row})`);
      }
    }
    const shown = new Set(scenarios.filter((box) => box.checked).map((box) => box.value));
    for (const section of all("[data-scenario]")) section.hidden = !shown.has(section.dataset.scenario);
    // A row of another client is no model more.
    const told = [["models", (box) => !box.value.includes("@")], ["with other clients", (box) => box.value.includes("@")]]
      .map(([name, which]) => [name, models.filter(which)])
      .filter(([, boxes]) => boxes.length)
      .map(([name, boxes]) => `${boxes.filter((box) => box.checked).length} of ${boxes.length} ${name}`);
    count.textContent = `${told.join(", ")}, ${shown.size} of ${scenarios.length} scenarios shown`;
  };
  for (const box of [...models, ...scenarios]) box.addEventListener("change", filter);
  for (const set of all("button[data-set]")) {
    set.addEventListener("click", () => {
      const [of, on] = set.dataset.set.split(" ");
      for (const box of of === "model" ? models : scenarios) box.checked = on === "all";
      filter();
    });
  }
  filter();

  // --- sorting: numbers by value, what has none last
  for (const head of all("table.sortable thead th")) {
    head.querySelector("button").addEventListener("click", () => {
      const table = head.closest("table");
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const at = head.cellIndex;
      const key = (row) => row.cells[at].dataset.v;
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return up ? order : -order;
      });
      body.append(...rows);
    });
  }

  // --- what a link leads to is open
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  // --- exact figures: by pointer, or by arrow keys in a chart that has the focus
  const tip = one("#tip");
  const spoken = one("#spoken");
  const told = new WeakMap();
  for (const title of all("svg g[data-model] > title")) {
    told.set(title.parentNode, title.textContent);
    // The browser's own hint would lie over ours.
    title.remove();
  }
  const show = (figure, x, y) => {
    tip.textContent = told.get(figure);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 20 + box.height > innerHeight ? y - box.height - 12 : y + 16}px`;
  };
  const hide = () => {
    tip.hidden = true;
    for (const old of all("svg .at")) old.classList.remove("at");
  };
  // A finger that taps does not move.
  for (const kind of ["pointermove", "pointerdown"]) {
    document.addEventListener(kind, (event) => {
      const figure = event.target.closest?.("svg g[data-model]");
      if (figure) show(figure, event.clientX, event.clientY);
      else if (!one("svg .at")) tip.hidden = true;
    });
  }
  for (const svg of all("figure svg")) {
    let at = -1;
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      const figures = all("g[data-model]", svg).filter((g) => g.getClientRects().length);
      if (!figures.length) return;
      at = (at + step + figures.length) % figures.length;
      hide();
      const figure = figures[at];
      figure.classList.add("at");
      const box = figure.getBoundingClientRect();
      show(figure, box.left + Math.min(box.width, 200) / 2, box.bottom - 10);
      spoken.textContent = told.get(figure);
    });
    svg.addEventListener("blur", hide);
  }

  // --- links: sections are laid out as they come near, so a jump past several may miss;
  // it is made again until its target stays
  const land = () => {
    const target = document.getElementById(location.hash.slice(1));
    let [left, still] = [30, 0];
    const jump = () => {
      const before = scrollY;
      target.scrollIntoView();
      still = scrollY === before ? still + 1 : 0;
      left -= 1;
      if (left > 0 && still < 3) requestAnimationFrame(jump);
    };
    if (target) requestAnimationFrame(jump);
  };
  addEventListener("hashchange", land);
  land();
  root.dataset.ready = "yes";
})();
