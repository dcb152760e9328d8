"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const words = JSON.parse(document.body.dataset.words);
  const most = Number(document.body.dataset.max);
  const language = document.body.dataset.language;
  const [ask, busy, status, problem, answer, after, progress] =
    ["ask", "busy", "status", "problem", "answer", "after", "progress"].map(at);
  let request = null;

  const say = (text) => { status.textContent = text; };

  function start(text) {
    ask.hidden = true; busy.hidden = false; problem.hidden = true; after.hidden = true;
    answer.replaceChildren(); progress.removeAttribute("value");
    say(text);
  }

  function fresh(text) {
    request = null;
    ask.hidden = false; busy.hidden = true; after.hidden = true;
    answer.replaceChildren(); at("file").value = "";
    say(text || "");
  }

  function fail(text) {
    fresh();
    problem.textContent = `${words.failed}: ${text}`;
    problem.hidden = false;
    at("file").focus();
  }

  function show(found) {
    request = null;
    busy.hidden = true; say("");
    answer.innerHTML = found.html;  // made by the server from escaped text; this page runs no inline script
    after.hidden = false;
    answer.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "start" });
  }

  function send(path, body, type, size) {
    start(size ? words.sending.replace("{n}", "0") : words.looking);
    const asked = request = new XMLHttpRequest();
    asked.open("POST", path);
    asked.setRequestHeader("Content-Type", type);
    asked.responseType = "json";
    asked.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable || !size) return;
      progress.max = event.total; progress.value = event.loaded;
      const share = Math.floor(100 * event.loaded / event.total);
      if (share % 10 === 0) say(words.sending.replace("{n}", share));
    });
    asked.upload.addEventListener("load", () => { progress.removeAttribute("value"); say(words.looking); });
    asked.addEventListener("load", () => {
      if (asked !== request) return;
      const told = asked.response || {};
      if (asked.status === 200) show(told);
      else if (asked.status === 413) fail(tooLarge());
      else if (asked.status === 503 && !told.error) fail(words.busy);
      else fail(told.error ? `${told.error.message} ${told.error.remedy}` : words.network);
    });
    asked.addEventListener("error", () => { if (asked === request) fail(words.network); });
    asked.send(body);
  }

  const tooLarge = () => words["too-large"].replace("{n}", Math.floor(most / 1048576));

  function sendFile(file) {
    if (!file) return;
    if (file.size > most) { fail(tooLarge()); return; }
    const query = new URLSearchParams({ language, name: file.name.slice(0, 200) });
    send(`answers?${query}`, file, "application/octet-stream", file.size);
  }

  const sendLink = (url) => send("answers/link", JSON.stringify({ url, language }), "application/json", 0);

  at("file").addEventListener("change", (event) => sendFile(event.target.files[0]));
  if (at("link")) {
    at("link").addEventListener("submit", (event) => { event.preventDefault(); sendLink(at("url").value.trim()); });
  }
  at("cancel").addEventListener("click", () => {
    const asked = request;
    fresh(words.cancelled);
    if (asked) asked.abort();
    at("file").focus();
  });
  at("again").addEventListener("click", () => { fresh(); at("file").focus(); });

  const drop = at("drop");
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const given = event.dataTransfer;
    if (given.files.length) sendFile(given.files[0]);
    else if (at("url") && /^https?:/.test(given.getData("text/uri-list"))) sendLink(given.getData("text/uri-list").split("\n")[0]);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); sendFile(event.clipboardData.files[0]); }
  });
})();
