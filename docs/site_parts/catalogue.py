"""The catalogue of statements as a page: identity, hypotheses, reason, source, kind of proof."""

from __future__ import annotations

from pathlib import Path

import symconv as sc

HEAD = """# Catalogue of statements

{count} identities about convolutions, each with its source, its reason, and both sides as code.
A statement is **proved for every size** where both sides are built with a size symbol and are
equal in canonical form; {proved} are. Every statement is **checked** too: on all small geometries
that its hypotheses allow, both sides are computed exactly and compared.

```python
import symconv as sc

print(sc.verify("composition"))
```
"""


def write(path: Path) -> None:
    found = sc.statements()
    head = HEAD.format(count=len(found), proved=sum(bool(s.symbolic) for s in found))
    path.write_text("\n".join([head, *map(_entry, found)]))


def _entry(statement: sc.catalogue.statement.Statement) -> str:
    assumed = ", ".join(f"${h.text}$" for h in statement.hypotheses)
    lines = [
        f"({statement.key})=\n## {statement.title}\n",
        f"`{statement.key}` · {statement.name}\n",
        f"$$\n{statement.formula}\n$$\n",
        f"If {assumed}.\n" if assumed else "",
        f"{statement.reason}\n",
        f"*{_proof(statement)}* Source: {statement.source}.\n",
    ]
    return "\n".join(filter(None, lines))


def _proof(statement: sc.catalogue.statement.Statement) -> str:
    checked = sum(1 for _ in statement.geometries())
    families = len(statement.symbolic)
    kinds = "family" if families == 1 else "families"
    proved = f"Proved for every size in {families} {kinds} of geometries; " if families else ""
    return f"{proved}{'checked' if families else 'Checked'} on {checked} geometries."
