"""Abuse in comments: text in, result out.

`AbuseEngine().analyse(text)` normalises (`normalise`, `unmask`), runs the rules (`rules/`, `matching`) and the linear
model (`features`, `model`), joins both (`scoring`) and names target, author's role (`people`) and severity.
"""

from services.analyze.detectors.abuse.engine import AbuseEngine
from services.analyze.detectors.abuse.result import AbuseResult, AuthorRole, Disposition, Span, Target

__all__ = ["AbuseEngine", "AbuseResult", "AuthorRole", "Disposition", "Span", "Target"]
