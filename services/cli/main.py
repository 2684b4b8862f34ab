"""`schoolgate ...`: one file per command group; each command imports only what it needs."""

import sys

import typer

from services.cli import audit, check, db, demo, doctor, gallery, lag, register, run, scan
from services.shared.errors import SchoolgateError

app = typer.Typer(
    name="schoolgate",
    help="Watches a school's official social media accounts and alerts its online safety lead.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(db.app, name="db")
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("lag")(lag.lag)
app.command("doctor")(doctor.doctor)
app.add_typer(register.app, name="register")
app.add_typer(gallery.app, name="gallery")
app.add_typer(scan.app, name="scan")
app.command("check")(check.check)
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Run the command line; what a person must know is one line, and exit status 2 says that it was refused."""
    try:
        app()
    except SchoolgateError as error:
        typer.echo(f"schoolgate: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
