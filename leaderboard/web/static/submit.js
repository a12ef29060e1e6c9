"use strict";

// A file goes to the server's interface for programs; what it says is shown word by word.
(() => {
  const form = document.getElementById("send");
  const outcome = document.getElementById("outcome");
  const button = form.querySelector("button");

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function tell(title, ...rest) {
    outcome.replaceChildren(element("h2", title), ...rest);
    outcome.focus();
  }

  // The same file sent again by the same token is the same submission.
  async function keyOf(file) {
    if (!crypto.subtle) return {};
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return { "Idempotency-Key": `page-${hex}` };
  }

  async function send() {
    const file = form.elements.file.files[0];
    const answer = await fetch(form.dataset.api, {
      method: "POST",
      body: file,
      headers: {
        Authorization: `Bearer ${form.elements.token.value.trim()}`,
        "Content-Type": file.name.endsWith(".json") ? "application/json" : "application/zip",
        ...(await keyOf(file)),
      },
    });
    const said = await answer.json();
    if (answer.ok) {
      const link = element("a", `Submission ${said.submission}`, { href: `submissions/${said.submission}.html` });
      const line = element("p", " ");
      line.prepend(link);
      line.append(element("span", said.verdict, { class: `badge ${said.verdict}` }));
      tell(answer.status === 201 ? "Accepted" : "Here already", line);
      return;
    }
    const list = element("ul", "", { class: "plain" });
    for (const one of said.problems || []) list.append(element("li", `${one.place}: ${one.message}`));
    tell("Not accepted", element("p", said.detail), list);
  }

  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    outcome.replaceChildren(element("p", "The server checks it …"));
    try {
      await send();
    } catch (error) {
      tell("Nothing was sent", element("p", "The server cannot be reached. Try again."));
    }
    button.disabled = false;
  });
  document.documentElement.dataset.ready = "submit";
})();
