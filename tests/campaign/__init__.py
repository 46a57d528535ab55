"""Random expressions, each compared with plain loops: the net for what is silently wrong.

    python -m tests.campaign --minutes 30 [--seed S] [--jobs J]
    python -m tests.campaign --cases 1000
    python -m tests.campaign --case SEED INDEX

An expression is plain data (``trees``), drawn from ``(seed, index)`` alone (``generate``), written
as Python that builds it with symconv (``source``) and evaluated by loops from the definitions
(``truth``), which import nothing of symconv and decide too where there is no such operator. Entries
are compared modulo a large prime at random values of their letters.

What is asked is in ``check_concrete``, ``check_forms``, ``check_algebra`` and ``check_latex``;
``checks`` lists it. A disagreement is reported with the smallest expression that shows it
(``shrink``). ``plants`` has defects that the campaign must find when they are put into symconv.

A refusal is no disagreement where there is no such operator at large sizes, or where a remainder
modulo a stride is not known. Of LaTeX, what the readers do not know is counted as "not read".
"""
