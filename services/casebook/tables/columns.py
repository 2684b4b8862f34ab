"""What the tables have in common: every row and every unique key begins with the school."""

from sqlalchemy import Column, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, String, Table
from sqlalchemy.schema import SchemaItem

from services.shared.database import UtcTimestamp

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text(name: str, *, nullable: bool = False) -> Column[str]:
    """Make a column of text."""
    return Column(name, String, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """Make a column of moments, in UTC."""
    return Column(name, UtcTimestamp, nullable=nullable)


def table(name: str, *parts: SchemaItem) -> Table:
    """Make a table whose first column is the school."""
    return Table(name, metadata, text("school_id"), *parts)


def key(*names: str) -> PrimaryKeyConstraint:
    """Make the primary key: the school and these columns."""
    return PrimaryKeyConstraint("school_id", *names)


def of_case() -> ForeignKeyConstraint:
    """Make the reference to the case a row belongs to."""
    return ForeignKeyConstraint(["school_id", "case_id"], ["cases.school_id", "cases.case_id"])
