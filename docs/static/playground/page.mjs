// The form, the address that holds its state, and the parts of the page as they come.
const PATIENCE = 20_000; // milliseconds that one part may take

const form = document.querySelector("#layer");
const results = document.querySelector("#results");
const status = document.querySelector("#status");
const defaults = new URLSearchParams(new FormData(form));
const opened = performance.now();
let worker, timer, asked, id = 0, skipped = [], cold = "";

function state() {
  const given = new URLSearchParams(new FormData(form));
  for (const [name, value] of defaults) if (given.get(name) === value) given.delete(name);
  return given.toString();
}

function restore() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
}

// What the form says whole: its defaults are not Python's.
function question() {
  return new URLSearchParams(new FormData(form)).toString();
}

function launch() {
  worker?.terminate();
  worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => data.id === id && take(data);
  worker.onerror = () => say("Python did not start. Serve the site by python -m http.server.", true);
}

function ask(keep = false) {
  if (!keep) skipped = [];
  id += 1;
  asked = performance.now();
  clearTimeout(timer);
  history.replaceState(null, "", state() ? `?${state()}` : location.pathname);
  if (!keep) results.classList.add("stale");
  worker.postMessage({ id, query: question(), skipped });
}

function take({ title, html, begins, done, failed }) {
  clearTimeout(timer);
  if (failed) return say(failed, true);
  if (begins) timer = setTimeout(() => give_up(begins), PATIENCE);
  if (title) show(title, html);
  if (done) results.dataset.done = id;
}

function give_up(title) {
  skipped.push(title, ...[...results.children].map((part) => part.dataset.answers == id && part.dataset.title).filter(Boolean));
  show(title, `<p role="alert">This takes more than ${PATIENCE / 1000} s in a browser.</p>`);
  launch();
  ask(true);
}

async function show(title, html) {
  results.classList.remove("stale");
  let part = [...results.children].find((each) => each.dataset.title === title);
  if (!part) {
    part = document.createElement("section");
    part.dataset.title = title;
    part.innerHTML = "<h2></h2><div class='body'></div>";
    part.firstChild.textContent = title;
    results.append(part);
  }
  part.dataset.answers = id;
  const body = part.lastChild;
  MathJax.typesetClear([body]);
  body.innerHTML = html;
  body.querySelectorAll("pre").forEach(copyable);
  body.querySelectorAll("svg").forEach((drawn) => savable(drawn, title));
  await MathJax.typesetPromise([body]);
  if (part === results.firstElementChild) told();
}

function told() {
  const seconds = (from) => ((performance.now() - from) / 1000).toFixed(1);
  if (!cold) cold = seconds(opened);
  else results.dataset.warm = seconds(asked);
  results.dataset.cold = cold;
  const warm = results.dataset.warm ? `, this change after ${results.dataset.warm} s` : "";
  say(`First formula after ${cold} s${warm}. The address of this page holds the layer.`);
}

function copyable(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.onclick = () => navigator.clipboard.writeText(block.textContent);
  block.before(button);
}

function savable(drawn, title) {
  const link = document.createElement("a");
  const text = new XMLSerializer().serializeToString(drawn);
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = `${title.toLowerCase()}.svg`;
  link.textContent = "Save as SVG";
  drawn.after(link);
}

function say(text, alarming = false) {
  status.textContent = text;
  status.classList.toggle("alarming", alarming);
}

let pause;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(ask, 200);
});
addEventListener("popstate", () => (restore(), ask()));
restore();
launch();
MathJax.startup.promise.then(() => ask());
