"""Commands of the register; heavy imports stand inside them."""

from pathlib import Path
from typing import Annotated

import typer

from legalaid_eval.errors import shown_path


def simulate(
    to: Annotated[Path, typer.Option("--to", metavar="STORE", help="folder of the store; a former store is replaced")],
    seed: Annotated[int, typer.Option(help="equal seeds give equal bytes")] = 2025,
    scale: Annotated[float, typer.Option(help="multiplies the cases: 1 is about 30,000, 660 is 20 million")] = 1.0,
    reform: Annotated[
        str | None, typer.Option(metavar="KIND", help="switch on this reform alone, or 'none'; default: all")
    ] = None,
) -> None:
    """Write Demo City, twelve fictional counties whose reforms have effects that are known (truth.yaml)."""
    from legalaid_eval.register.simulate import simulate as run

    found = run(to, seed=seed, scale=scale, reform=reform)
    typer.echo(f"{shown_path(to)}: simulated, seed {seed}, {len(found['reforms_on'])} reforms; see truth.yaml in it")
