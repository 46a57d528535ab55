// Python beside the page: it loads what stands next to it, and answers one question after the other.
const base = new URL("../python/", import.meta.url).href;

async function wheels() {
  const names = await (await fetch(`${base}wheels.json`)).json();
  return Promise.all([...names, "compiled.zip"].map(async (name) => (await fetch(base + name)).arrayBuffer()));
}

async function start() {
  const loading = wheels();
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: base });
  for (const wheel of await loading) python.unpackArchive(wheel, "zip");
  return python.pyimport("symconv.playground");
}

const started = start();
let newest = 0;

onmessage = async ({ data: { id, query, skipped } }) => {
  newest = id;
  try {
    const playground = await started;
    const titles = playground.titles().toJs();
    for (const title of titles.filter((each) => !skipped.includes(each))) {
      await new Promise((resume) => setTimeout(resume)); // a newer question goes first
      if (id !== newest) return;
      postMessage({ id, begins: title });
      postMessage({ id, title, html: playground.section(title, query) });
    }
    postMessage({ id, done: true });
  } catch (error) {
    postMessage({ id, failed: String(error.message ?? error).trim().split("\n").at(-1) });
  }
};
