"""What a document says besides its data, in the six languages of the buyers. Pure.

Not in the portal's own translations: an invoice keeps the words it was made with, and the portal
speaks two of these languages. What the law asks for is in the buyer's language, and reverse
charge in that of the seller's country and in English as well, which every tax office understands.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.vat import Note

LANGUAGES = ("en", "nl", "no", "sv", "da", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language; `{}` is where a value goes."""

    invoice: str
    credit_note: str
    seller: str
    buyer: str
    vat_number: str
    customer_number: str
    number: str
    issued_on: str
    due_on: str
    month: str
    corrects: str
    buyer_reference: str
    order_number: str
    description: str
    quantity: str
    price: str
    per_month: str
    vat: str
    amount: str
    whole_organisation: str
    days: str  # of how many
    adjustment: str
    credit: str
    settlement: str
    net: str
    vat_of: str  # rate, amount
    reversed_of: str  # amount
    no_vat: str
    to_pay: str
    to_credit: str
    accounting_vat: str
    pay: str
    account: str
    reference: str
    qr: str
    page: str
    pay_by: str
    no_payment: str
    questions: str
    reverse_charge: str
    outside_eu: str
    export: str
    norwegian_export: str

    def sentence(self, note: str) -> str:
        """What the law asks to be said about the VAT; empty where it asks for nothing."""
        return {
            Note.NONE.value: "",
            Note.REVERSE_CHARGE.value: self.reverse_charge,
            Note.OUTSIDE_EU.value: self.outside_eu,
            Note.EXPORT.value: self.export,
            Note.NORWEGIAN_EXPORT.value: self.norwegian_export,
            Note.NORWEGIAN_EXPORT_EU.value: f"{self.norwegian_export} {self.reverse_charge}",
        }[note]


ENGLISH = Words(
    invoice="Invoice",
    credit_note="Credit note",
    seller="Seller",
    buyer="Buyer",
    vat_number="VAT number",
    customer_number="Customer number",
    number="Number",
    issued_on="Invoice date",
    due_on="Due date",
    month="Month",
    corrects="Corrects",
    buyer_reference="Your reference",
    order_number="Order number",
    description="Description",
    quantity="Quantity",
    price="Price",
    per_month="{} per month",
    vat="VAT",
    amount="Amount",
    whole_organisation="For the whole organisation",
    days="{} of {} days",
    adjustment="Charged in addition",
    credit="Credited",
    settlement="Credited by hand before",
    net="Total, excl. VAT",
    vat_of="VAT {} of {}",
    reversed_of="VAT reverse charge on {}",
    no_vat="Not subject to VAT",
    to_pay="Total to pay",
    to_credit="Total to your credit",
    accounting_vat="VAT in {}",
    pay="Payment",
    account="Account",
    reference="Payment reference",
    qr="Code for paying with a banking app",
    page="Page",
    pay_by="Please pay by {}.",
    no_payment="You need not do anything.",
    questions="Questions: {}",
    reverse_charge="Reverse charge: VAT is to be accounted for by the customer.",
    outside_eu="Not subject to VAT: services outside the EU, art. 44 VAT directive.",
    export="Services to a business outside the EU, free of VAT.",
    norwegian_export="Export of services, exempt under mval § 6-22.",
)

DUTCH = Words(
    invoice="Factuur",
    credit_note="Creditnota",
    seller="Verkoper",
    buyer="Koper",
    vat_number="Btw-nummer",
    customer_number="Klantnummer",
    number="Nummer",
    issued_on="Factuurdatum",
    due_on="Vervaldatum",
    month="Maand",
    corrects="Corrigeert",
    buyer_reference="Uw referentie",
    order_number="Ordernummer",
    description="Omschrijving",
    quantity="Aantal",
    price="Prijs",
    per_month="{} per maand",
    vat="Btw",
    amount="Bedrag",
    whole_organisation="Voor de hele organisatie",
    days="{} van {} dagen",
    adjustment="Bijgeboekt",
    credit="Gecrediteerd",
    settlement="Eerder handmatig gecrediteerd",
    net="Totaal excl. btw",
    vat_of="Btw {} over {}",
    reversed_of="Btw verlegd over {}",
    no_vat="Buiten de heffing van btw",
    to_pay="Te betalen",
    to_credit="Te ontvangen",
    accounting_vat="Btw in {}",
    pay="Betaling",
    account="Rekening",
    reference="Betalingskenmerk",
    qr="Code om met een bank-app te betalen",
    page="Pagina",
    pay_by="Wij ontvangen uw betaling graag uiterlijk op {}.",
    no_payment="U hoeft niets te doen.",
    questions="Vragen: {}",
    reverse_charge="Btw verlegd. Reverse charge: VAT is to be accounted for by the customer.",
    outside_eu="Geen btw verschuldigd: dienst buiten de EU, art. 44 btw-richtlijn.",
    export="Dienst aan een onderneming buiten de EU, zonder btw.",
    norwegian_export="Export van diensten, vrijgesteld volgens mval § 6-22.",
)

NORWEGIAN = Words(
    invoice="Faktura",
    credit_note="Kreditnota",
    seller="Selger",
    buyer="Kjøper",
    vat_number="MVA-nummer",
    customer_number="Kundenummer",
    number="Nummer",
    issued_on="Fakturadato",
    due_on="Forfallsdato",
    month="Måned",
    corrects="Korrigerer",
    buyer_reference="Deres referanse",
    order_number="Ordrenummer",
    description="Beskrivelse",
    quantity="Antall",
    price="Pris",
    per_month="{} per måned",
    vat="MVA",
    amount="Beløp",
    whole_organisation="For hele organisasjonen",
    days="{} av {} dager",
    adjustment="Etterfakturert",
    credit="Kreditert",
    settlement="Tidligere kreditert manuelt",
    net="Sum ekskl. MVA",
    vat_of="MVA {} av {}",
    reversed_of="Omvendt avgiftsplikt for {}",
    no_vat="Ikke merverdiavgiftspliktig",
    to_pay="Å betale",
    to_credit="Til gode",
    accounting_vat="MVA i {}",
    pay="Betaling",
    account="Konto",
    reference="KID / betalingsreferanse",
    qr="Kode for betaling med bankapp",
    page="Side",
    pay_by="Vennligst betal innen {}.",
    no_payment="Du trenger ikke å gjøre noe.",
    questions="Spørsmål: {}",
    reverse_charge=(
        "Omvendt avgiftsplikt. Reverse charge: VAT is to be accounted for by the customer."
    ),
    outside_eu="Ikke merverdiavgiftspliktig: tjeneste utenfor EU, art. 44 i momsdirektivet.",
    export="Tjeneste til virksomhet utenfor EU, uten merverdiavgift.",
    norwegian_export="Eksport av tjenester, fritatt etter mval. § 6-22.",
)

SWEDISH = Words(
    invoice="Faktura",
    credit_note="Kreditfaktura",
    seller="Säljare",
    buyer="Köpare",
    vat_number="Momsregistreringsnummer",
    customer_number="Kundnummer",
    number="Nummer",
    issued_on="Fakturadatum",
    due_on="Förfallodag",
    month="Månad",
    corrects="Korrigerar",
    buyer_reference="Er referens",
    order_number="Ordernummer",
    description="Beskrivning",
    quantity="Antal",
    price="Pris",
    per_month="{} per månad",
    vat="Moms",
    amount="Belopp",
    whole_organisation="För hela organisationen",
    days="{} av {} dagar",
    adjustment="Tilläggsdebiterat",
    credit="Krediterat",
    settlement="Tidigare krediterat manuellt",
    net="Summa exkl. moms",
    vat_of="Moms {} på {}",
    reversed_of="Omvänd betalningsskyldighet för {}",
    no_vat="Ej momspliktigt",
    to_pay="Att betala",
    to_credit="Att få tillbaka",
    accounting_vat="Moms i {}",
    pay="Betalning",
    account="Konto",
    reference="OCR / betalningsreferens",
    qr="Kod för betalning med bankapp",
    page="Sida",
    pay_by="Vänligen betala senast {}.",
    no_payment="Ni behöver inte göra något.",
    questions="Frågor: {}",
    reverse_charge=(
        "Omvänd betalningsskyldighet. Reverse charge: VAT is to be accounted for by the customer."
    ),
    outside_eu="Ej momspliktigt: tjänst utanför EU, art. 44 momsdirektivet.",
    export="Tjänst till företag utanför EU, utan moms.",
    norwegian_export="Export av tjänster, undantagen enligt mval § 6-22.",
)

DANISH = Words(
    invoice="Faktura",
    credit_note="Kreditnota",
    seller="Sælger",
    buyer="Køber",
    vat_number="Momsnummer",
    customer_number="Kundenummer",
    number="Nummer",
    issued_on="Fakturadato",
    due_on="Forfaldsdato",
    month="Måned",
    corrects="Korrigerer",
    buyer_reference="Deres reference",
    order_number="Ordrenummer",
    description="Beskrivelse",
    quantity="Antal",
    price="Pris",
    per_month="{} pr. måned",
    vat="Moms",
    amount="Beløb",
    whole_organisation="For hele organisationen",
    days="{} af {} dage",
    adjustment="Efterfaktureret",
    credit="Krediteret",
    settlement="Tidligere krediteret manuelt",
    net="I alt ekskl. moms",
    vat_of="Moms {} af {}",
    reversed_of="Omvendt betalingspligt for {}",
    no_vat="Ikke momspligtig",
    to_pay="At betale",
    to_credit="Til gode",
    accounting_vat="Moms i {}",
    pay="Betaling",
    account="Konto",
    reference="Betalings-id",
    qr="Kode til betaling med bankapp",
    page="Side",
    pay_by="Betal venligst senest {}.",
    no_payment="De behøver ikke at gøre noget.",
    questions="Spørgsmål: {}",
    reverse_charge=(
        "Omvendt betalingspligt. Reverse charge: VAT is to be accounted for by the customer."
    ),
    outside_eu="Ikke momspligtig: ydelse uden for EU, art. 44 i momsdirektivet.",
    export="Ydelse til virksomhed uden for EU, uden moms.",
    norwegian_export="Eksport af ydelser, fritaget efter mval § 6-22.",
)

GERMAN = Words(
    invoice="Rechnung",
    credit_note="Rechnungskorrektur",  # in German law a Gutschrift is something else
    seller="Verkäufer",
    buyer="Käufer",
    vat_number="USt-IdNr.",
    customer_number="Kundennummer",
    number="Nummer",
    issued_on="Rechnungsdatum",
    due_on="Fällig am",
    month="Monat",
    corrects="Korrigiert",
    buyer_reference="Ihre Referenz",
    order_number="Bestellnummer",
    description="Beschreibung",
    quantity="Menge",
    price="Preis",
    per_month="{} pro Monat",
    vat="USt.",
    amount="Betrag",
    whole_organisation="Für die ganze Organisation",
    days="{} von {} Tagen",
    adjustment="Nachberechnet",
    credit="Gutgeschrieben",
    settlement="Zuvor manuell gutgeschrieben",
    net="Summe ohne USt.",
    vat_of="USt. {} auf {}",
    reversed_of="Steuerschuldnerschaft des Leistungsempfängers für {}",
    no_vat="Nicht steuerbar",
    to_pay="Zu zahlen",
    to_credit="Zu Ihren Gunsten",
    accounting_vat="USt. in {}",
    pay="Zahlung",
    account="Konto",
    reference="Zahlungsreferenz",
    qr="Code zum Bezahlen mit einer Banking-App",
    page="Seite",
    pay_by="Bitte zahlen Sie bis zum {}.",
    no_payment="Sie müssen nichts tun.",
    questions="Fragen: {}",
    reverse_charge=(
        "Steuerschuldnerschaft des Leistungsempfängers. "
        "Reverse charge: VAT is to be accounted for by the customer."
    ),
    outside_eu="Nicht steuerbar: Leistung außerhalb der EU, Art. 44 MwStSystRL.",
    export="Leistung an ein Unternehmen außerhalb der EU, ohne Umsatzsteuer.",
    norwegian_export="Ausfuhr von Dienstleistungen, befreit nach mval § 6-22.",
)

# What a PDF in another language than the original's says of itself: short, beside the number, and
# with the original's number and language. There is one in each of the portal's languages.
TRANSLATION = {"nl": "Vertaling", "en": "Translation"}
TRANSLATION_OF = {
    "nl": "Dit is een vertaling. Het document dat telt, is het origineel van {} ({}).",
    "en": "This is a translation. The document that counts is the original of {} ({}).",
}

# What the law of the seller's country calls reverse charge (art. 226(11a)); a Norwegian seller's
# law asks for the export alone.
SELLERS_REVERSE_CHARGE = {"NL": "Btw verlegd."}

WORDS = dict(zip(LANGUAGES, (ENGLISH, DUTCH, NORWEGIAN, SWEDISH, DANISH, GERMAN), strict=True))
SAME = {"nb": "no", "nn": "no"}


def language_of(code: str) -> str:
    """The language of these six for a code such as "nl-be"; English for all others."""
    short = code.lower().partition("-")[0]
    short = SAME.get(short, short)
    return short if short in WORDS else "en"


def law_sentence(note: str, *, language: str, sellers_country: str = "") -> str:
    """`Words.sentence`, with what the seller's country calls reverse charge where the buyer's
    language does not.
    """
    sentence = WORDS[language].sentence(note)
    phrase = SELLERS_REVERSE_CHARGE.get(sellers_country, "")
    if note != Note.REVERSE_CHARGE or phrase in sentence:
        return sentence
    return f"{phrase} {sentence}"
