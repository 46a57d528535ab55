// Renders LaTeX as browsers do: reads a JSON list of {name, latex, katex} from standard input,
// writes a JSON list of {name, engine, error} for each that does not come out.
const { mathjax } = require("mathjax-full/js/mathjax.js");
const { TeX } = require("mathjax-full/js/input/tex.js");
const { SVG } = require("mathjax-full/js/output/svg.js");
const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
const { AllPackages } = require("mathjax-full/js/input/tex/AllPackages.js");
const katex = require("katex");

// These two show what they do not know in red instead of failing.
const packages = AllPackages.filter((name) => !["noundefined", "noerrors"].includes(name));
const adaptor = liteAdaptor();
RegisterHTMLHandler(adaptor);
const document = mathjax.document("", {
  InputJax: new TeX({ packages }),
  OutputJax: new SVG({ fontCache: "none" }),
});

function withMathJax(latex) {
  const svg = adaptor.outerHTML(document.convert(latex, { display: true }));
  const error = svg.match(/data-mjx-error="([^"]*)"/);
  if (error) throw new Error(error[1]);
  if (!svg.includes("<svg")) throw new Error("no picture");
}

function withKatex(latex) {
  const html = katex.renderToString(latex, {
    displayMode: true,
    throwOnError: true,
    strict: "ignore",
    trust: false,
    maxExpand: 10000,
  });
  if (html.includes("katex-error")) throw new Error("error node");
}

const items = JSON.parse(require("fs").readFileSync(0, "utf8"));
const failures = [];
for (const { name, latex, katex: spelledForKatex } of items) {
  for (const [engine, render, text] of [
    ["MathJax", withMathJax, latex],
    ["KaTeX", withKatex, spelledForKatex],
  ]) {
    try {
      render(text);
    } catch (error) {
      failures.push({ name, engine, error: String(error.message) });
    }
  }
}
console.log(JSON.stringify(failures));
