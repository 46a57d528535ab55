// Compile the modules that the playground imports, for the Python that browsers run: node compile.mjs FOLDER
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]) + "/";
const { loadPyodide } = await import(pathToFileURL(`${folder}pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder });
for (const wheel of JSON.parse(fs.readFileSync(`${folder}wheels.json`)))
  python.unpackArchive(new Uint8Array(fs.readFileSync(folder + wheel)), "wheel");
python.runPython(`
import os, py_compile, sys, zipfile
from symconv import playground

for title in playground.titles():
    playground.section(title, "")
here = os.getcwd()
with zipfile.ZipFile("/compiled.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for module in [*sys.modules.values()]:
        file = getattr(module, "__file__", None) or ""
        if file.startswith(here) and file.endswith(".py"):
            unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
            compiled = py_compile.compile(file, invalidation_mode=unchecked)
            archive.write(compiled, os.path.relpath(compiled, here))
`);
fs.writeFileSync(`${folder}compiled.zip`, python.FS.readFile("/compiled.zip"));
