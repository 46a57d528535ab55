"""Systems that run as programs of their own, and measure by their own clocks.

A script prints RESULT, CPU seconds and an outcome. What the program takes to start is not counted.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from benchmarks.measure import LIMIT, Contestant, Timed, TooLongError

SYMBOLS = ",".join(f"k{i}" for i in range(9))
RESULT = re.compile(r'"?RESULT"?[\s,]+([-\d.eE]+)[\s,]+(-?\d+)')


@dataclass(frozen=True)
class System:
    """A program, how it reads a script, and how it says its version."""

    name: str
    program: str
    arguments: tuple[str, ...]
    ending: str
    asks_version: tuple[str, ...]

    def is_there(self) -> bool:
        """Whether it is installed."""
        return shutil.which(self.program) is not None

    def version(self) -> str:
        """The first number with a dot that it says."""
        said = subprocess.run(
            [self.program, *self.asks_version], capture_output=True, text=True, input=""
        )
        found = re.search(r"\d+\.\d+(\.\d+)*", said.stdout + said.stderr)
        return found[0] if found else "?"

    def __call__(self, script: str) -> Timed:
        with TemporaryDirectory() as folder:
            file = Path(folder, f"script.{self.ending}")
            file.write_text(dedent(script))
            process = subprocess.Popen(
                [self.program, *self.arguments, str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # where Giac prints
                text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT)),
            )
            used = _peak(process)
            said, _ = process.communicate()
        found = RESULT.search(said)
        if found is None and process.returncode < 0:
            raise TooLongError
        if found is None:
            raise RuntimeError(said.strip()[-60:])
        return Timed(float(found[1]), int(found[2]), used)


def _peak(process: subprocess.Popen[str]) -> int:
    """The most bytes that it had, looked up as it runs; what it prints is short."""
    most = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as file:
                said = re.search(r"VmHWM:\s+(\d+)", file.read())
        except OSError:
            break
        most = int(said[1]) * 1024 if said else most
        time.sleep(0.01)
    return most


PARI = System("PARI/GP", "gp", ("-q", "-s", "2G"), "gp", ("--version",))
GIAC = System("Giac", "giac", (), "giac", ("--version",))
MAXIMA = System("Maxima", "maxima", ("--very-quiet", "-b"), "mac", ("--version",))
SINGULAR = System("Singular", "Singular", ("-q", "--no-warn"), "sing", ("--version",))
ALL = (PARI, GIAC, MAXIMA, SINGULAR)


def contestants(scripts: Mapping[System, str], how: str = ", by hand") -> list[Contestant]:
    """Those that are installed."""
    return [
        Contestant(f"{system.name}{how}", _prepared(system, script), is_program=True)
        for system, script in scripts.items()
        if system.is_there()
    ]


def _prepared(system: System, script: str) -> Callable[[], Callable[[], Timed]]:
    return lambda: lambda: system(script)


def gram_of_columns(n: int) -> dict[System, str]:
    """Cᵀ C, its upper half, in bands: pixel and lag; so often that coarse clocks see it."""
    times = max(1, (32 // n) ** 2)
    pari = f"""
        {{n={n};m=n-2;k=[{SYMBOLS}];P=matrix(9,9,s,t,k[s]*k[t]);gettime();
        for(r=1,{times},G=matrix(n*n,25);for(y=0,m-1,for(x=0,m-1,for(s=0,8,for(t=s,8,
        i=(y+s\\3)*n+x+s%3+1;l=((t\\3-s\\3)+2)*5+(t%3-s%3)+3;G[i,l]+=P[s+1,t+1])))));
        T=gettime();S=0;for(i=1,n*n,for(l=1,25,S+=if(l==13,1,2)*G[i,l]));
        print("RESULT ",strprintf("%.9f",T/1000./{times})," ",substvec(S,k,[1,2,3,4,5,6,7,8,9]))}}
        """
    giac = f"""
        n:={n};m:=n-2;k:=[{SYMBOLS}];P:=matrix(9,9,(s,t)->k[s]*k[t]):;
        f():={{local y,x,s,t,q,l,r,G;for(r:=0;r<{times};r++){{G:=matrix(n*n,25);
        for(y:=0;y<m;y++){{for(x:=0;x<m;x++){{for(s:=0;s<9;s++){{for(t:=s;t<9;t++){{
        q:=(y+iquo(s,3))*n+x+irem(s,3);l:=((iquo(t,3)-iquo(s,3))+2)*5+(irem(t,3)-irem(s,3))+2;
        G[q,l]=<G[q,l]+P[s,t];}}}}}}}}G:=normal(G);}};return G;}}:;
        T:=time(H:=f())[0]/{times}:;H:=f():;
        V:=subst(H,k,[1,2,3,4,5,6,7,8,9]):;
        print("RESULT",T,2*sum(sum(V))-sum(col(V,12)));
        """
    maxima = f"""
        n:{n}$ m:n-2$ k:[{SYMBOLS}]$ array(G,n*n,25)$
        P:genmatrix(lambda([s,t],rat(k[s]*k[t])),9,9)$
        f():=block([i,l],fillarray(G,[0]),for y:0 thru m-1 do for x:0 thru m-1 do
        for s:0 thru 8 do for t:s thru 8 do (i:(y+quotient(s,3))*n+x+mod(s,3),
        l:((quotient(t,3)-quotient(s,3))+2)*5+(mod(t,3)-mod(s,3))+2,
        G[i,l]:G[i,l]+P[s+1,t+1]))$
        t0:elapsed_run_time()$ for r:1 thru {times} do f()$ T:(elapsed_run_time()-t0)/{times}$
        S:0$ for i:0 thru n*n-1 do for l:0 thru 24 do S:S+(if l=12 then 1 else 2)*G[i,l]$
        print("RESULT",float(T),subst(makelist(k[i]=i,i,1,9),ratdisrep(S)))$
        """
    singular = f"""
        system("--ticks-per-sec",100);ring R=0,({SYMBOLS}),dp;
        int n={n};int m=n-2;int y,x,s,t,i,l,r;matrix P[9][9];
        for(s=1;s<=9;s++){{for(t=1;t<=9;t++){{P[s,t]=var(s)*var(t);}}}}
        matrix G[n*n][25];int t0=timer;for(r=1;r<={times};r++){{G=0;
        for(y=0;y<m;y++){{for(x=0;x<m;x++){{for(s=0;s<9;s++){{for(t=s;t<9;t++){{
        i=(y+s div 3)*n+x+s mod 3+1;l=((t div 3-s div 3)+2)*5+(t mod 3-s mod 3)+3;
        G[i,l]=G[i,l]+P[s+1,t+1];}}}}}}}}}}
        int T=timer-t0;poly S=0;
        for(i=1;i<=n*n;i++){{for(l=1;l<=25;l++){{S=S+(2-(l==13))*G[i,l];}}}}
        for(i=1;i<=9;i++){{S=subst(S,var(i),i);}}
        print("RESULT "+string(T*10000 div {times})+"e-6 "+string(S));quit;
        """
    return {PARI: pari, GIAC: giac, MAXIMA: maxima, SINGULAR: singular}


def determinant(rows: list[list[str]], times: int) -> dict[System, str]:
    """The determinant of a matrix of polynomials, or of integers; at 1 … 9 where there are taps."""
    entries = "[" + ",".join("[" + ",".join(row) + "]" for row in rows) + "]"
    flat = ",".join(entry for row in rows for entry in row)
    at = "[1,2,3,4,5,6,7,8,9]"
    return {
        PARI: f"""
            {{k=[{SYMBOLS}];A=matrix({len(rows)},{len(rows)},i,j,{entries}[i][j]);gettime();
            for(r=1,{times},D=matdet(A));T=gettime();
            print("RESULT ",strprintf("%.9f",T/1000./{times})," ",substvec(D,k,{at}))}}
            """,
        GIAC: f"""
            k:=[{SYMBOLS}];A:={entries}:;f():={{local r,D;for(r:=0;r<{times};r++)
            {{D:=normal(det(A));}};return D;}}:;
            T:=time(f())[0]/{times}:;print("RESULT",T,subst(f(),k,{at}));
            """,
        MAXIMA: f"""
            linel:100000$ k:[{SYMBOLS}]$ ratmx:true$ A:apply(matrix,{entries})$
            t0:elapsed_run_time()$
            for r:1 thru {times} do D:determinant(A)$ T:(elapsed_run_time()-t0)/{times}$
            print("RESULT",float(T),subst(makelist(k[i]=i,i,1,9),ratdisrep(D)))$
            """,
        SINGULAR: f"""
            system("--ticks-per-sec",100);ring R=0,({SYMBOLS}),dp;
            matrix A[{len(rows)}][{len(rows)}]={flat};int i,r;int t0=timer;poly D;
            for(r=1;r<={times};r++){{D=det(A);}}
            int T=timer-t0;for(i=1;i<=9;i++){{D=subst(D,var(i),i);}}
            print("RESULT "+string(T*10000 div {times})+"e-6 "+string(D));quit;
            """,
    }
