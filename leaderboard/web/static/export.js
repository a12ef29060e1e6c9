"use strict";

// The shown part of a table as CSV and LaTeX, character by character what leaderboard/web/downloads.py writes.
const tableAs = (() => {
  const shownColumns = (table) => [...table.tHead.rows[0].cells].filter((head) => head.dataset.id !== undefined && !head.hidden);

  function* shownRows(table) {
    for (const body of table.tBodies) {
      const kind = body.classList.contains("references") ? "reference" : "method";
      for (const row of body.rows) if (row.dataset.key !== undefined && !row.hidden) yield [kind, row];
    }
  }

  const partOf = (cell, name) => cell.querySelector(name)?.textContent ?? "";
  const endsOf = (cell) => (cell.dataset.ends === undefined ? ["", ""] : cell.dataset.ends.split(" "));
  const safe = (text) => (/^[=+\-@]/.test(text) ? `'${text}` : text);
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  function csvOf(table) {
    const heads = shownColumns(table);
    const parts = ["", " low", " high", " cases"];
    const lines = [["kind", "method", "submission", ...heads.flatMap((head) => parts.map((part) => safe(head.dataset.id) + part))]];
    for (const [kind, row] of shownRows(table)) {
      const cells = heads.flatMap((head) => {
        const cell = row.cells[head.cellIndex];
        return [cell.dataset.v ?? "", ...endsOf(cell), safe(partOf(cell, ".n"))];
      });
      lines.push([kind, safe(row.querySelector(".name").textContent), row.dataset.submission ?? "", ...cells]);
    }
    return lines.map((line) => line.map(quoted).join(",") + "\n").join("");
  }

  const TEX = {
    "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "°": "\\textdegree{}", "‡": "\\ddag{}",
    "–": "--", "<": "$<$", ">": "$>$", "≤": "$\\leq$", "↑": "$\\uparrow$", "↓": "$\\downarrow$",
  };
  for (const one of "&%$#_{}") TEX[one] = `\\${one}`;
  const tex = (text) => [...text].map((c) => TEX[c] ?? c).join("");
  const ARROWS = { up: " $\\uparrow$", down: " $\\downarrow$", "": "" };

  function texOf(table) {
    const heads = shownColumns(table);
    const title = (head) => {
      const network = head.dataset.id.includes("[") ? head.dataset.id.slice(head.dataset.id.indexOf("[") + 1).replace(/\]+$/, "") : "";
      return network ? `${head.dataset.title} [${network}]` : head.dataset.title;
    };
    const names = ["Method", ...heads.map((head) => tex(title(head)) + ARROWS[head.dataset.better])].join(" & ");
    const lines = [table.dataset.texHead, `\\begin{tabular}{l${"r".repeat(heads.length)}}`, "\\hline", `${names} \\\\`, "\\hline"];
    let before = "method";
    for (const [kind, row] of shownRows(table)) {
      if (kind !== before) lines.push("\\hline");
      before = kind;
      const cells = heads.map((head) => {
        const cell = row.cells[head.cellIndex];
        if (cell.dataset.v === undefined) return "--";
        const interval = partOf(cell, ".ci");
        return partOf(cell, "b") + (interval ? ` {\\tiny ${interval}}` : "");
      });
      lines.push(`${[tex(row.querySelector(".name").textContent), ...cells].join(" & ")} \\\\`);
    }
    return [...lines, "\\hline", "\\end{tabular}", ""].join("\n");
  }

  return { csv: csvOf, tex: texOf };
})();
