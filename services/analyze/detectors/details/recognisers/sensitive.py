"""Health, special needs and family matters: only where the sentence is about a person."""

import re
from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit, Surroundings

_HEALTH: Final = (
    r"epilep(?:sy|tic)|seizures?|asthma(?:tic)?|inhalers?|diabet(?:es|ic)|insulin|allerg(?:y|ies|ic)|"
    r"anaphyla(?:xis|ctic)|epi-?pens?|"
    r"ec[sz]ema|c(?:o?e|oe)liac|crohn'?s|cystic fibrosis|sickle cell|leuk(?:ae|e)mia|cancer|tumou?r|"
    r"chemo(?:therapy)?|heart condition|"
    r"heart (?:surgery|operation)|surgery|operation|transplant|dialysis|hospital(?:ised)?|a ?& ?e|concuss(?:ion|"
    r"ed)|brok(?:en|e) (?:(?:his|her|their|an?) )?(?:arm|leg|wrist|ankle|"
    r"collarbone|foot|nose|finger)|fractured?|stitches|anxiety|depress(?:ion|ed)|self[- ]harm(?:ing|ed)?|"
    r"eating disorder|anorexi[ac]|"
    r"panic attacks?|mental health|camhs|counselling|therapist|medication|ritalin|meningitis|sepsis|migraines?|"
    r"tourette'?s|cerebral palsy|"
    r"muscular dystrophy|wets? (?:the|his|her) bed|scarlet fever|measles|chicken ?pox|diagnos(?:ed|is)"
)
_SEND: Final = (
    r"autis(?:m|tic)|asperger'?s|adhd|\badd\b|dyslexi[ac]|dyspraxi[ac]|dyscalculia|ehcps?|ehc plan|"
    r"education,? health and care plan|"
    r"(?:one[- ]to[- ]one|1[:-]1|1 to 1) (?:support|ta|help)|sen(?:d|co)?(?: support| register| list| department|"
    r" plan| needs)|special (?:educational )?needs|"
    r"speech (?:and language )?therap(?:y|ist)|learning (?:difficult(?:y|ies)|disabilit(?:y|ies)|support)|global delay|"
    r"down'?s syndrome|sensory processing|educational psychologist|hearing (?:aids?|impair\w+)|"
    r"visual(?:ly)? impair\w+|selective mutism"
)
_SOCIAL: Final = (
    r"social (?:worker|services|care)|child protection|(?:child in|in) need plan|foster(?:ed)? (?:care|carers?|"
    r"child|family|mum|dad|parents?|placement)|"
    r"fostered|looked[- ]after child|in care\b|taken into care|care order|adopt(?:ed|ion)|kinship care|young carer|"
    r"free school meals|pupil premium|"
    r"food ?bank|domestic (?:abuse|violence)|(?:custody|court order|contact order|non-molestation)|women'?s refuge|"
    r"refuge\b|"
    r"(?:mum|dad|mother|father|parents?|brother)(?:'s| is| was| has| are)? (?:in (?:prison|jail)|sent to prison|"
    r"an? (?:addict|alcoholic)|splitting up|divorcing)|"
    r"in (?:prison|jail)|homeless|temporary accommodation|asylum|early help|safeguarding (?:concern|referral|plan)|"
    r"neglect(?:ed)?|"
    r"permanently excluded|asbo|youth offending"
)
_GENERAL: Final = re.compile(
    r"\b(?:rais(?:e|es|ed|ing) (?:money|funds|awareness|£|over|more)|fund-?rais\w+|in aid of|charity|charities|"
    r"donat\w+|awareness|research|foundation|"
    r"non-uniform|sponsor(?:ed|ship)?|workshop|assembly|training|policy|leaflet|helpline|world \w+ day|"
    r"week of action|vaccinations?)\b"
)
_HAS: Final = re.compile(r"\b(?:has|have|had|with|suffers? from|diagnosed with|is|because of) (?:\w+ ){0,2}$")
_HAS_REACH: Final = 40
_PRONOUN: Final = re.compile(r"\b(?:he|she|his|her|him|hers|their|they|them)\b")
_SOME_CHILD: Final = re.compile(
    r"\b(?:a|one|this|that|another|the) (?:\w+ )?(?:boy|girl|pupil|child|student|kid|lad|lass) (?:\w+ ){0,2}(?:in|"
    r"from|of) (?:our |my )?(?:class|form|year|yr|y\d|\d)"
)
_EXPRESSIONS: Final = (
    ("health", re.compile(rf"\b(?:{_HEALTH})(?!\w)")),
    ("send", re.compile(rf"(?<!\w)(?:{_SEND})(?!\w)")),
    ("social_care", re.compile(rf"\b(?:{_SOCIAL})(?!\w)")),
)


def health(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield what is said of a person's health."""
    yield from _private(passage, around, *_EXPRESSIONS[0])


def send(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield what is said of a person's special educational needs."""
    yield from _private(passage, around, *_EXPRESSIONS[1])


def social_care(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield what is said of a person's family and care."""
    yield from _private(passage, around, *_EXPRESSIONS[2])


def _private(passage: Passage, around: Surroundings, category: str, words: "re.Pattern[str]") -> Iterator[Hit]:
    for match in words.finditer(passage.lower):
        sentence = passage.sentence_text(passage.sentence(match.start()))
        told = _HAS.search(passage.lower, max(0, match.start() - _HAS_REACH), match.start())
        if (told or not _GENERAL.search(sentence)) and _about_somebody(passage, around, match.start(), sentence):
            subject = around.subject_near(passage, match.start())
            yield Hit(category, match.start(), match.end(), f"{category}.person", category, 0.85, subject)


def _about_somebody(passage: Passage, around: Surroundings, place: int, sentence: str) -> bool:
    """A name in the sentence, or in the one before when this one goes on with a pronoun; or "a boy in 4H"."""
    here = passage.sentence(place)
    numbers = {passage.sentence(name.start) for name in around.names}
    return (
        here in numbers
        or (here - 1 in numbers and bool(_PRONOUN.search(sentence)))
        or bool(_SOME_CHILD.search(sentence))
    )
