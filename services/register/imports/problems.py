"""What an import refused or doubts, and where; never the value itself, which may be personal."""

from dataclasses import dataclass
from typing import Final

SENTENCES: Final = {
    "empty_file": "the file is empty: export it again",
    "too_large": "the file is larger than 20 MB: it is not an export of pupils or staff",
    "unreadable_text": "the file is neither UTF-8 nor Windows text: save it as CSV UTF-8",
    "no_rows": "there is a header but no row below it: nothing was changed",
    "not_csv": "the line cannot be split into cells: look for an odd number of quotation marks",
    "missing_column": "the column is missing: add it to the export",
    "column_left_out": "the column is missing; it was taken as empty",
    "unknown_column": "the column is not known and was left out",
    "duplicate_column": "the column stands twice: remove one",
    "wrong_cell_count": "the line has not as many cells as the header",
    "empty": "the cell is empty and must not be",
    "too_long": "the cell is longer than this column can be",
    "not_text": "the cell contains control characters",
    "not_a_date": "the cell is no date that exists: write 2015-09-30 or 30/09/2015",
    "date_out_of_range": "the date lies in the future or before 1900",
    "not_a_consent": "the cell must be yes, no or empty",
    "not_yes_or_no": "the cell must be yes or no, or empty for no",
    "duplicate_admission_no": "an earlier line has the same admission number: this one was left out",
    "duplicate_person": "an earlier line has the same title and name: this one was left out",
    "upn_form": "the UPN has not the form of one (a letter and 12 characters): it was kept as it is",
    "upn_check_letter": "the UPN's first letter does not fit the rest, so one character is wrong: it was kept as it is",
    "leavers_held_back": (
        "people of the register are not in the file, but they are many or some lines could not be read: "
        "nobody was removed; is the file complete?"
    ),
    "not_yaml": "the file is neither JSON nor YAML",
    "wrong_fact": "the value has the wrong form",
    "unknown_fact": "the fact is not known: remove it or correct its name",
    "unknown_choice": "the school's policy leaves no such choice",
}
"""Every reason code with the one sentence that says what to do."""

WARNINGS: Final = frozenset({"column_left_out", "unknown_column", "upn_form", "upn_check_letter", "leavers_held_back"})


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one file. `line` counts from 1 as an editor does; 0 stands for the file as a whole."""

    line: int
    column: str
    code: str

    @property
    def refused(self) -> bool:
        """Whether the line (or, for line 0 and 1, the file) was left out because of this."""
        return self.code not in WARNINGS

    def __str__(self) -> str:
        where = ", ".join([f"line {self.line}"] * bool(self.line) + [f"column {self.column}"] * bool(self.column))
        return f"{where or 'file'}: {SENTENCES[self.code]} ({self.code})"
