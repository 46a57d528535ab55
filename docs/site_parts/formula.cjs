// LaTeX from standard input as an SVG of one colour, by MathJax: node formula.cjs COLOUR
const fs = require("node:fs");
const { mathjax } = require("mathjax-full/js/mathjax.js");
const { TeX } = require("mathjax-full/js/input/tex.js");
const { SVG } = require("mathjax-full/js/output/svg.js");
const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
const { AllPackages } = require("mathjax-full/js/input/tex/AllPackages.js");

const adaptor = liteAdaptor();
RegisterHTMLHandler(adaptor);
const page = mathjax.document("", {
  InputJax: new TeX({ packages: AllPackages }),
  OutputJax: new SVG({ fontCache: "none" }),
});
const drawn = page.convert(fs.readFileSync(0, "utf8"), { display: true, ex: 9 });
process.stdout.write(adaptor.innerHTML(drawn).replaceAll("currentColor", process.argv[2]) + "\n");
