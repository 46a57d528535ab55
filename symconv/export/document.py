"""Complete LaTeX documents and PDF files."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from symconv.arguments import parse_instance
from symconv.errors import SymconvError
from symconv.files import writable, write_whole
from symconv.printing.latex import Form, latex
from symconv.typesetting.options import shared
from symconv.typesetting.symbols import escape, spelled_out

MOST_SECONDS = 120
NEEDED = "Debian: apt-get install latexmk texlive-latex-extra texlive-pictures lmodern"

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[a4paper,margin=2cm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{adjustbox}
"""


def document_text(
    obj: Any, form: Form | None = None, *, title: str | None = None, **options: Any
) -> str:
    r"""A complete LaTeX document with one display, or one for each object of a list.

    Args:
        obj: what to print, or a list of such.
        form, options: as in :func:`symconv.latex`.
        title: a heading, as plain text.

    >>> import symconv as sc
    >>> print(document_text(sc.conv([1, 2], 3)).splitlines()[0])
    \documentclass[11pt]{article}
    """
    if title is not None:
        parse_instance(title, str, "is no title, which is text")
    objects = obj if isinstance(obj, list | tuple) else [obj]
    displays = [
        _split(latex(each, form, **{**chosen, "mode": "plain"}))
        for each, chosen in zip(objects, shared(objects, options), strict=True)
    ]
    packages = {name for names, _ in displays for name in names}
    body = "\n\n".join(_display(text) for _, text in displays)
    heading = f"\\section*{{${escape(title)}$}}\n" if title else ""
    return spelled_out(
        PREAMBLE
        + "".join(rf"\usepackage{{{name}}}" + "\n" for name in _extra(packages, body))
        + _columns(body)
        + f"\\pagestyle{{empty}}\n\\begin{{document}}\n{heading}{body}\n\\end{{document}}\n"
    )


def to_document(
    obj: Any,
    path: str | os.PathLike[str],
    form: Form | None = None,
    *,
    title: str | None = None,
    **options: Any,
) -> Path:
    """Write a complete LaTeX document, whole or not at all; arguments as in document_text.

    What is wider or higher than the page is scaled down to it.

    Raises:
        SymconvError: a form that does not fit, or a file that cannot be written.

    >>> import symconv as sc
    >>> with TemporaryDirectory() as folder:
    ...     sc.to_document(sc.conv([1, 2], 3), Path(folder, "C.tex")).name
    'C.tex'
    """
    target = writable(path)
    return write_whole(target, document_text(obj, form, title=title, **options))


def to_pdf(
    obj: Any,
    path: str | os.PathLike[str],
    form: Form | None = None,
    *,
    title: str | None = None,
    **options: Any,
) -> Path:
    """Write a PDF by latexmk, which runs without shell escape in a folder of its own.

    Raises:
        SymconvError: there is no latexmk, or TeX fails; the message has TeX's own first error.

    >>> import symconv as sc
    >>> to_pdf(sc.conv([1, 2], 3), "/nowhere/matrix.pdf")
    Traceback (most recent call last):
    ...
    symconv.errors.SymconvError: /nowhere/matrix.pdf cannot be written: there is no folder /nowhere
    """
    target = writable(path)
    return write_whole(target, compile_pdf(document_text(obj, form, title=title, **options)))


def compile_pdf(document: str) -> bytes:
    """The PDF of a LaTeX document."""
    latexmk = shutil.which("latexmk")
    if latexmk is None or shutil.which("pdflatex") is None:
        raise SymconvError(
            f"a PDF needs latexmk and pdflatex, which are not installed ({NEEDED}); "
            "to_document writes the .tex file without them"
        )
    with TemporaryDirectory(prefix="symconv-") as folder:
        Path(folder, "symconv.tex").write_text(document, encoding="utf-8")
        log = _run(latexmk, folder)
        pdf = Path(folder, "symconv.pdf")
        if not pdf.exists():
            raise SymconvError(f"LaTeX failed: {_first_error(log)}")
        return pdf.read_bytes()


def _run(latexmk: str, folder: str) -> str:
    # No rc file is read, since latexmk runs it; TeX reads and writes only below the folder.
    command = [latexmk, "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error"]
    command += ["-latexoption=-no-shell-escape", "symconv.tex"]
    paranoid = {"openin_any": "p", "openout_any": "p", "max_print_line": "1000"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | paranoid,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            raise SymconvError(f"LaTeX was not done after {MOST_SECONDS} seconds") from None
        finally:
            _stop(process)
    if process.returncode:
        Path(folder, "symconv.pdf").unlink(missing_ok=True)
    return output.decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop latexmk and the TeX that it started, which would go on without it."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()  # until TeX, too, has closed its end


def _first_error(log: str) -> str:
    r"""TeX's own first error with the line that it stopped at.

    >>> _first_error("This is pdfTeX\n! Undefined control sequence.\nl.8 \\foo\n")
    'Undefined control sequence. l.8 \\foo'
    """
    lines = log.splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("! ")), None)
    if first is None:
        return " ".join(lines[-3:]).strip()
    place = next((line for line in lines[first:] if re.match(r"l\.\d+", line)), "")
    return f"{lines[first][2:]} {place}".strip()


# --- the parts of a document -----------------------------------------------------------------


def _split(text: str) -> tuple[list[str], str]:
    """The packages in the comment at the top, and the rest."""
    found = re.match(r"% \\usepackage\{([\w,]*)\}\n", text)
    return (found[1].split(","), text[found.end() :]) if found else ([], text)


def _extra(packages: Sequence[str] | set[str], body: str) -> list[str]:
    colours = {"xcolor"} if r"\color" in body else set()
    return sorted({*packages, *colours} - {"amsmath", "amssymb"})


def _display(text: str) -> str:
    return (
        "\\begin{center}\n"
        "\\begin{adjustbox}{max width=\\linewidth,max totalheight=.9\\textheight}\n"
        f"$\\displaystyle {text}$\n\\end{{adjustbox}}\n\\end{{center}}"
    )


def _columns(body: str) -> str:
    """amsmath's matrices have ten columns unless it is told."""
    matrices = re.findall(r"\\begin\{[bBpvV]?matrix\}(.*?)\\end\{[bBpvV]?matrix\}", body, re.DOTALL)
    widest = max((row.count("&") + 1 for m in matrices for row in m.split(r"\\")), default=0)
    return f"\\setcounter{{MaxMatrixCols}}{{{widest}}}\n" if widest > 10 else ""
