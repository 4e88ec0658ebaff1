"""What the demo's operators sell: packages, their parts and what each costs a person, in major units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A component of a package: from its first to its last day (counted from the start), price for two people."""

    kind: str
    title: str
    supplier: str
    first_day: int
    last_day: int
    price: int


@dataclass(frozen=True)
class Trip:
    """A package of some nights; `local` is what travellers pay on the spot (the non-payable amount)."""

    operator: str
    package: str
    nights: int
    parts: tuple[Part, ...]
    local: int = 0


ACME_TRIPS = (
    Trip(
        "acme",
        "Madeira levadas",
        7,
        (
            Part("flight", "Flights from Bristol", "Lusitânia Air", 0, 7, 612),
            Part("hotel", "Quinta do Vale, Funchal", "Quinta do Vale", 0, 7, 1218),
            Part("activity", "Three guided levada walks", "Trilhos da Ilha", 1, 5, 234),
            Part("transfer", "Private airport transfers", "Ilha Transfers", 0, 7, 96),
        ),
    ),
    Trip(
        "acme",
        "Tuscany by rail",
        9,
        (
            Part("flight", "Flights from London Gatwick", "Aquila", 0, 9, 548),
            Part("rail", "First class rail pass", "Ferrovie Toscane", 1, 8, 318),
            Part("hotel", "Locanda San Pietro, Lucca", "Locanda San Pietro", 0, 4, 884),
            Part("hotel", "Villa Belcolle, Siena", "Villa Belcolle", 4, 9, 1290),
            Part("activity", "Truffle morning with lunch", "Tartufaio Bianchi", 6, 6, 188),
        ),
        local=62,
    ),
    Trip(
        "acme",
        "Faroe Islands",
        6,
        (
            Part("flight", "Flights from Edinburgh", "Norðoy", 0, 6, 926),
            Part("hotel", "Havnar Guesthouse, Tórshavn", "Havnar Guesthouse", 0, 6, 1374),
            Part("car", "Hire car, four-wheel drive", "Vegur Cars", 0, 6, 642),
            Part("activity", "Boat to the Vestmanna cliffs", "Skúvoy Boats", 3, 3, 164),
        ),
    ),
    Trip(
        "acme",
        "Malta and Gozo",
        7,
        (
            Part("flight", "Flights from Manchester", "Calypso Jet", 0, 7, 474),
            Part("hotel", "Palazzo Zammit, Valletta", "Palazzo Zammit", 0, 4, 716),
            Part("hotel", "Dar ta' Ġordan, Gozo", "Dar ta' Ġordan", 4, 7, 588),
            Part("activity", "Harbour evening by luzzu", "Sliema Boats", 2, 2, 118),
        ),
        local=28,
    ),
    Trip(
        "acme",
        "Slovenia: lakes and caves",
        8,
        (
            Part("flight", "Flights from London Stansted", "Triglav Air", 0, 8, 402),
            Part("hotel", "Penzion Vila Rog, Bled", "Penzion Vila Rog", 0, 5, 905),
            Part("hotel", "Hiša Lipa, Ljubljana", "Hiša Lipa", 5, 8, 512),
            Part("car", "Hire car, compact", "Soča Rent", 0, 8, 328),
            Part("activity", "Škocjan caves and Lipica", "Kras Guides", 6, 6, 146),
        ),
    ),
    Trip(
        "acme",
        "Northern lights, Tromsø",
        5,
        (
            Part("flight", "Flights from London Heathrow", "Nordlys", 0, 5, 838),
            Part("hotel", "Storgata Hotel, Tromsø", "Storgata Hotel", 0, 5, 1195),
            Part("activity", "Two nights with the aurora guide", "Polarnatt", 1, 3, 412),
            Part("activity", "Dog sledding, half a day", "Breivik Huskies", 4, 4, 366),
        ),
    ),
    Trip(
        "acme",
        "Jordan in ten days",
        10,
        (
            Part("flight", "Flights from London Heathrow", "Petra Wings", 0, 10, 1084),
            Part("hotel", "Hotels in Amman, Petra and Aqaba", "Rum Hospitality", 0, 10, 1860),
            Part("guide", "Private driver and guide", "Wadi Guides", 1, 9, 1325),
            Part("activity", "Night in a Wadi Rum camp", "Zalabia Camp", 6, 7, 248),
            Part("fee", "Visa and Jordan Pass", "Acme Travel", 0, 0, 196),
        ),
    ),
)
SOLMAR_TRIPS = (
    Trip(
        "solmar",
        "Mallorca, Port de Sóller",
        7,
        (
            Part("flight", "Vuelos desde Barcelona", "Aire Balear", 0, 7, 286),
            Part("hotel", "Hotel Es Far", "Hotel Es Far", 0, 7, 1092),
            Part("activity", "Sailing day to Sa Calobra", "Vela Sóller", 3, 3, 230),
        ),
        local=31,
    ),
    Trip(
        "solmar",
        "Menorca by bicycle",
        6,
        (
            Part("hotel", "Three small hotels on the Camí de Cavalls", "Menorca Petita", 0, 6, 984),
            Part("bicycle", "Two electric bicycles", "Bici Camí", 0, 6, 264),
            Part("transfer", "Luggage from door to door", "Bici Camí", 0, 6, 120),
        ),
    ),
    Trip(
        "solmar",
        "Lanzarote, winter sun",
        7,
        (
            Part("flight", "Flights from Madrid", "Aire Balear", 0, 7, 412),
            Part("hotel", "Finca La Geria", "Finca La Geria", 0, 7, 1330),
            Part("car", "Hire car, compact", "Volcán Cars", 0, 7, 238),
        ),
    ),
    Trip(
        "solmar",
        "Cádiz and the white villages",
        8,
        (
            Part("rail", "AVE Barcelona to Sevilla", "Renfe", 0, 8, 344),
            Part("hotel", "Casa del Levante, Cádiz", "Casa del Levante", 0, 4, 612),
            Part("hotel", "Cortijo Las Adelfas, Grazalema", "Cortijo Las Adelfas", 4, 8, 708),
            Part("activity", "Sherry cellar and lunch", "Bodega Almenara", 2, 2, 148),
        ),
    ),
)
NORTHWAY_TRIPS = (
    Trip(
        "northway",
        "Empire Builder to Glacier",
        9,
        (
            Part("rail", "Sleeper Chicago to West Glacier and back", "Empire Builder", 0, 9, 2480),
            Part("hotel", "Belton Lodge", "Belton Lodge", 2, 7, 1965),
            Part("activity", "Red bus over the Sun Road", "Park Tours", 4, 4, 236),
        ),
    ),
    Trip(
        "northway",
        "Japan by Shinkansen",
        12,
        (
            Part("rail", "Two 14-day rail passes", "JR Group", 0, 12, 1460),
            Part("hotel", "Ryokan and city hotels, 12 nights", "Tabi Stays", 0, 12, 3870),
            Part("guide", "Two days with a guide in Kyoto", "Kamogawa Guides", 5, 6, 720),
        ),
    ),
    Trip(
        "northway",
        "Gulf to Hejaz by rail",
        8,
        (
            Part("flight", "Flights Kuwait to Jeddah", "Gulf Wings", 0, 8, 980),
            Part("rail", "Haramain high speed, business class", "Haramain", 2, 6, 410),
            Part("hotel", "Three city hotels", "Hejaz Hotels", 0, 8, 1720),
        ),
    ),
)
TRIPS = {"acme": ACME_TRIPS, "solmar": SOLMAR_TRIPS, "northway": NORTHWAY_TRIPS}

# How many of a currency's major units one unit of the operator's own price list is, as a tenth.
PRICE_TENTHS = {"GBP": 10, "EUR": 11, "USD": 12, "JPY": 1500, "KWD": 4}
