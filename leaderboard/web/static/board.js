"use strict";

// Order, columns and filter of a table, applied in place; the address always says what is shown.
// The server reads the same address without this script (leaderboard/web/view.py).
(() => {
  const table = document.getElementById("board");
  const form = document.getElementById("ask");
  const told = document.getElementById("told");
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head) => head.dataset.id).filter((id) => id !== undefined);
  const firstColumn = heads.length - columns.length;
  const tierData = JSON.parse(document.getElementById("tier-data").textContent);
  const defaults = { sort: table.dataset.defaultSort, columns: table.dataset.defaultColumns.split(",") };
  const known = [...form.elements.sort.options].map((option) => option.value);
  const methods = table.querySelector("tbody.methods");
  const groups = [...table.tBodies].map((body) => [...body.rows].filter((row) => row.dataset.key !== undefined));

  function readAddress() {
    const asked = new URLSearchParams(location.search);
    const listed = asked.getAll("metrics").join(",").split(",");
    const chosen = known.filter((id) => listed.includes(id));
    const sort = asked.get("sort");
    return {
      sort: known.includes(sort) ? sort : defaults.sort,
      reversed: asked.get("order") === "worst",
      columns: chosen.length ? chosen : defaults.columns,
      words: (asked.get("filter") || "").slice(0, 200),
    };
  }

  function addressOf(view) {
    const asked = new URLSearchParams();
    if (view.sort !== defaults.sort) asked.set("sort", view.sort);
    if (view.reversed) asked.set("order", "worst");
    if (view.columns.join() !== defaults.columns.join()) asked.set("metrics", view.columns.join());
    if (view.words) asked.set("filter", view.words);
    const text = asked.toString();
    return text ? `?${text}` : location.pathname;
  }

  const cellOf = (row, id) => row.cells[firstColumn + columns.indexOf(id)];

  function sortRows(view) {
    const head = heads.find((one) => one.dataset.id === view.sort);
    if (!head) return;
    const falls = (head.dataset.better !== "down") !== view.reversed;
    for (const rows of groups) {
      const keyed = rows.map((row) => {
        const value = cellOf(row, view.sort).dataset.v;
        return [value === undefined ? null : Number(value), Number(row.dataset.place), row];
      });
      keyed.sort(([a, first], [b, second]) => {
        if (a === null || b === null) return (a === null) - (b === null) || first - second;
        return (falls ? b - a : a - b) || first - second;
      });
      if (keyed.length) rows[0].parentNode.append(...keyed.map(([, , row]) => row));
    }
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
  }

  function showTiers(view) {
    const found = tierData[view.sort] || { sentence: "", places: {} };
    document.getElementById("tiers").textContent = found.sentence;
    let before;
    for (const row of methods.rows) {
      const tier = found.places[row.dataset.key];
      row.cells[1].textContent = tier === undefined ? "–" : tier;
      if (tier === undefined) delete row.dataset.tier;
      else row.dataset.tier = tier;
      if (row.hidden) continue;
      row.classList.toggle("starts", before !== undefined && tier !== before);
      before = tier;
    }
  }

  function filterRows(view) {
    const words = view.words.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = groups[0] || [];
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
      shown += !row.hidden;
    }
    told.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} methods`;
  }

  function showColumns(view) {
    columns.forEach((id, index) => {
      const hidden = !view.columns.includes(id);
      for (const row of table.rows) {
        const cell = row.cells[firstColumn + index];
        if (cell) cell.hidden = hidden;
      }
    });
    document.getElementById("columns-shown").textContent = view.columns.length;
  }

  function fillForm(view) {
    if (document.activeElement !== form.elements.filter) form.elements.filter.value = view.words;
    form.elements.sort.value = view.sort;
    form.elements.order.value = view.reversed ? "worst" : "best";
    for (const box of form.querySelectorAll("[name=metrics]")) box.checked = view.columns.includes(box.value);
  }

  let view = readAddress();

  function apply(next, { keep = true } = {}) {
    view = next;
    const address = addressOf(view);
    const needed = [...view.columns, view.sort];
    if (!needed.every((id) => columns.includes(id) && tierData[id] !== undefined || id === "frames_per_s" && columns.includes(id))) {
      location.assign(address); // the server renders what is not in this page
      return;
    }
    if (keep) history.replaceState(null, "", address);
    showColumns(view);
    filterRows(view);
    sortRows(view);
    showTiers(view);
    fillForm(view);
  }

  const ready = (id) => columns.includes(id);

  for (const head of heads) {
    const old = head.querySelector(".sort");
    if (!old || !ready(head.dataset.id)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...old.childNodes);
    old.replaceWith(button);
    button.addEventListener("click", () => {
      const id = head.dataset.id;
      apply({ ...view, sort: id, reversed: id === view.sort && !view.reversed });
    });
  }

  form.hidden = false;
  form.querySelector("button[type=submit]").hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const chosen = [...form.querySelectorAll("[name=metrics]:checked")].map((box) => box.value);
    apply({
      sort: form.elements.sort.value,
      reversed: form.elements.order.value === "worst",
      columns: chosen.length ? chosen : defaults.columns,
      words: form.elements.filter.value.slice(0, 200),
    });
  });

  // What is shown, as files: made of the table itself, so they fit whatever was chosen.
  for (const [name, kind] of [["csv", "text/csv"], ["tex", "application/x-tex"]]) {
    const link = document.getElementById(`get-${name}`);
    link.download = `${table.dataset.slug}.${name}`;
    link.addEventListener("click", () => {
      const text = tableAs[name](table);
      link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
    });
  }

  apply(view, { keep: false });
  document.documentElement.dataset.ready = "board";
})();
