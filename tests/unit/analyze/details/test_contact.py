import pytest

from tests.unit.analyze.details.examples import quoted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ring 07700 900655.", ["07700 900655"]),
        ("Ring 07700900655", ["07700900655"]),
        ("077 009 006 55", ["077 009 006 55"]),
        ("+44 7700 900655", ["+44 7700 900655"]),
        ("+44 (0)7700 900655", ["+44 (0)7700 900655"]),
        ("0044 7700 900655", ["0044 7700 900655"]),
        ("(01632) 960999", ["(01632) 960999"]),
        ("020 7946 0123", ["020 7946 0123"]),
        ("0\uff17700 900655", ["0\uff17700 900655"]),
        ("Call me on 960999", ["960999"]),
        ("text 496 0456", ["496 0456"]),
        ("0121 496 0123 and +44 7700 900111 are ours", []),
        ("Ring 496 0123", []),
        ("0300 555 0199", []),
        ("Childline 0800 1111, Samaritans 116 123, or 111 or 999", []),
        ("Charity no. 1012345", []),
        ("The battle of 1066", []),
        ("ISBN 9780306406157", []),
        ("Invoice 07700900655", []),
        ("We raised £07700.90", []),
        ("12,345,678 stars", []),
        ("On 01/02/2026 at 10.30", []),
        ("0000 000 0000", []),
    ],
)
def test_phone(text: str, words: list[str]) -> None:
    assert quoted(text, "phone") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Write to jo.bloggs@mail.example.", ["jo.bloggs@mail.example"]),
        ("JO@MAIL.EXAMPLE", ["JO@MAIL.EXAMPLE"]),
        ("jo.bloggs [at] mail [dot] example", ["jo.bloggs [at] mail [dot] example"]),
        ("jo dot bloggs at mail dot example", ["jo dot bloggs at mail dot example"]),
        ("office@fenwater.example", []),
        ("someone@mail.fenwater.example", []),
        ("fenwaterhigh@mail.example", []),
        ("x@notfenwater.example", ["x@notfenwater.example"]),
        ("Find @FenwaterHigh", []),
        ("We meet at dot to dot club", []),
    ],
)
def test_email(text: str, words: list[str]) -> None:
    assert quoted(text, "email") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The wifi password for tonight is Fenwater2026, see you.", ["Fenwater2026"]),
        ("Password: sunshine", ["sunshine"]),
        ('The password is "open sesame"', []),
        ("Zoom meeting ID 834 1234 5678 passcode 9Xk2pQ", ["834 1234 5678", "9Xk2pQ"]),
        ("PIN 4821", ["4821"]),
        ("The code for the side gate is 4417.", ["4417"]),
        ("username: year4reader", ["year4reader"]),
        ("Reset your password by Friday.", []),
        ("The password is being changed today.", []),
        ("Your password must be strong: use three words.", []),
        ("A pin badge costs £2.", []),
        ("Log in to the app at home.", []),
        ("Our class code of conduct is kindness.", []),
    ],
)
def test_credential(text: str, words: list[str]) -> None:
    assert quoted(text, "credential") == words
