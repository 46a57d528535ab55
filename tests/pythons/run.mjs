// Run a script under one of the Pythons: node run.mjs python-3.14 SCRIPT PACKAGE...
import fs from "node:fs";
import path from "node:path";

const [name, script, ...packages] = process.argv.slice(2);
const folder = path.join(import.meta.dirname, "node_modules", name);
const { loadPyodide } = await import(path.join(folder, "pyodide.mjs"));
const python = await loadPyodide({ indexURL: folder });
for (const root of packages) {
  const seen = `/lib/packages/${path.basename(root)}`;
  python.FS.mkdirTree(seen);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, seen);
}
python.runPython("import sys; sys.path.insert(0, '/lib/packages'); sys.dont_write_bytecode = True");
python.runPython(fs.readFileSync(script, "utf8"));
