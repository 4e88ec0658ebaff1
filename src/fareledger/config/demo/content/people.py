"""Names of the demo's travellers. Addresses end in .example, so that no mail can ever reach a real person."""

import random
import unicodedata

FIRST = (
    "Eleanor", "Daniel", "Priya", "Beatriz", "Henrik", "Saskia", "Wei Ling", "Elif", "Kenji", "Carlo", "Grace",
    "Lars", "Amara", "Tomasz", "Inés", "Yusuf", "Siobhan", "Mateo", "Ingrid", "Rahul", "Chloé", "Dmitri", "Hana",
    "Olu", "Freya", "Pablo", "Noor", "Gareth", "Mei", "Anneke", "Rosa", "Callum", "Fatima", "Johanna", "Luca",
    "Aoife", "Samir", "Paula", "Erik", "Zofia",
)  # fmt: skip
LAST = (
    "Hartley", "Okafor", "Raman", "Costa", "Dahl", "Achterberg", "Ng", "Kaya", "Watanabe", "Bianchi", "Whitfield",
    "Nyborg", "Mensah", "Kowalski", "Ferrer", "Demir", "Byrne", "Rojas", "Solberg", "Iyer", "Moreau", "Petrov",
    "Sato", "Adeyemi", "Lindqvist", "Vidal", "Haddad", "Pritchard", "Tan", "Visser", "Marín", "Fraser", "Al-Sabah",
    "Weber", "Ricci", "Doyle", "Nasser", "Oliveira", "Johansson", "Nowak",
)  # fmt: skip


def full_name(chance: random.Random) -> str:
    """Return a first and a last name."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def email_of(name: str) -> str:
    """Return the made-up address of a person."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{'.'.join(plain.replace('-', '').split())}@example.com"
