"use strict";

// Another case, or another pair whose numbers are in this page, is shown in place; the server renders other pairs.
(() => {
  const form = document.getElementById("ask");
  const root = document.querySelector(".player");
  const data = JSON.parse(document.getElementById("compare-data").textContent);
  const player = playTogether(root);
  const rows = [...document.querySelectorAll("#lines tbody tr")];
  const words = (value) => (value === undefined ? "–" : value.toFixed(Math.abs(value) < 10 ? 3 : Math.abs(value) < 100 ? 2 : 1));
  const chosen = () => ["a", "b", "case"].map((name) => form.elements[name].value);

  function show() {
    const [a, b, name] = chosen();
    const pair = [data.rows[a], data.rows[b]];
    const told = data.sentences[`${a}\n${b}`] || data.sentences[`${b}\n${a}`] || {};
    document.getElementById("case-name").textContent = name;
    document.querySelector("#lines .left").textContent = pair[0].label;
    document.querySelector("#lines .right").textContent = pair[1].label;
    for (const row of rows) {
      pair.forEach((one, index) => {
        row.cells[1 + index].firstElementChild.textContent = words((one.values[name] || {})[row.dataset.id]);
      });
      row.cells[3].textContent = told[row.dataset.id] || "";
    }
    ["a", "b"].forEach((role, index) => {
      const link = root.querySelector(`[data-role=${role}] figcaption a`);
      link.href = `${root.dataset.root}submissions/${chosen()[index].split(":")[0]}.html`;
      link.textContent = pair[index].label;
    });
    const clips = {
      source: pair[0].source[name] || pair[1].source[name],
      driver: pair[0].driver[name] || pair[1].driver[name],
      a: pair[0].clips[name],
      b: pair[1].clips[name],
    };
    for (const role of ["source", "driver"]) root.querySelector(`[data-role=${role}]`).hidden = !clips[role];
    player.load(["source", "driver", "a", "b"].map((role) => {
      const clip = clips[role];
      return clip && { ...clip, address: root.dataset.root + clip.address };
    }), [`source of case ${name}`, `driver of case ${name}`, ...pair.map((one) => `${one.label}, case ${name}`)]);
  }

  const asked = new URLSearchParams(location.search);
  for (const name of ["a", "b", "case"]) {
    const options = [...form.elements[name].options].map((option) => option.value);
    if (options.includes(asked.get(name))) form.elements[name].value = asked.get(name);
  }
  form.hidden = false;
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => {
    const [a, b, name] = chosen();
    if (!data.rows[a] || !data.rows[b]) return form.submit();
    history.replaceState(null, "", `?${new URLSearchParams({ a, b, case: name })}`);
    show();
  });
  show();
  document.documentElement.dataset.ready = "compare";
})();
