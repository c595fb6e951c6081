"""What the PDF shows, in words of one language: everything `invoice.typ` prints. Pure."""

from __future__ import annotations

import datetime as dt
import io
from itertools import groupby
from typing import TYPE_CHECKING, Any

import segno
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

from billing.documents.editions import NEWEST, VAT_IN_WORDS
from billing.documents.einvoice import references
from billing.documents.einvoice.facts import CENT
from billing.documents.words import TRANSLATION, TRANSLATION_OF, WORDS
from billing.vat import Category, has_rate

if TYPE_CHECKING:
    from decimal import Decimal

    from billing.documents.einvoice.facts import InvoiceData, Line, Party, Vat
    from billing.documents.words import Words

# British dates with the British spelling of the house; Norwegian is bokmål.
LOCALES = {"en": "en_GB", "no": "nb"}

# Any of the eight can be read. Looking for the prettiest takes longer than the rest of the page.
MASK = 3

type Row = tuple[str, str]


def page(
    data: InvoiceData,
    *,
    language: str,
    month: dt.date,
    customer_number: str,
    edition: int = NEWEST,
) -> dict[str, Any]:
    """`language` is one of the six, `month` a day in the one that is invoiced."""
    shown = _Shown(data, language, edition)
    words = shown.words
    kind = words.credit_note if data.is_credit_note else words.invoice
    return {
        "lang": "nb" if language == "no" else language,
        "title": f"{kind} {data.number}",
        "author": data.seller.name,
        "date": [data.issued_on.year, data.issued_on.month, data.issued_on.day],
        "footer": f"{data.seller.name} · {data.number}",
        "page": words.page,
        "seller": shown.party(data.seller, words.seller),
        "buyer": shown.party(data.buyer, words.buyer),
        "facts": shown.facts(month, customer_number),
        "note": data.note,
        "columns": [words.description, words.quantity, words.price, words.vat, words.amount],
        "groups": shown.groups(),
        "totals": shown.totals(),
        "total": (
            words.to_credit if data.is_credit_note else words.to_pay,
            shown.money(data.gross),
        ),
        "sentences": [row.reason for row in data.vat_rows if row.reason],
        "pay": words.pay,
        "payment": shown.payment(),
        "qr": qr_code(data),
        "qr_alt": words.qr,
    }


def translated(shown: dict[str, Any], number: str, *, into: str, original: str) -> dict[str, Any]:
    """The page as a translation: it says so beside the title, below it and on every page."""
    mark = TRANSLATION[into]
    language = _locale(into).languages[_locale(original).language]
    return shown | {
        "title": f"{shown['title']} · {mark}",
        "footer": f"{shown['footer']} · {mark}",
        "translation_of": TRANSLATION_OF[into].format(number, language),
    }


def terms(due_on: dt.date, *, asks_for_payment: bool, language: str) -> str:
    """The sentence about when to pay, for the PDF as for the electronic invoice."""
    words = WORDS[language]
    if asks_for_payment:
        return words.pay_by.format(day_text(due_on, language))
    return words.no_payment


def day_text(day: dt.date, language: str) -> str:
    return format_date(day, "long", locale=_locale(language))


def qr_code(data: InvoiceData) -> str:
    """The EPC code (EPC069-12) for a SEPA transfer, as SVG; empty where nothing is paid so."""
    if data.currency != "EUR" or not data.asks_for_payment:
        return ""
    is_creditor_reference = data.reference.startswith("RF")
    printed = references.printed(data.reference, data.buyer.country)
    lines = [
        *("BCD", "002", "1", "SCT", data.bic, data.seller.name[:70], data.iban),
        f"EUR{data.gross}",
        "",  # no purpose
        data.reference if is_creditor_reference else "",
        "" if is_creditor_reference else printed,
    ]
    code = segno.make_qr(
        "\n".join(lines), error="m", boost_error=False, encoding="utf-8", mask=MASK
    )
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, border=0)
    return drawn.getvalue().decode()


class _Shown:
    """One document's values as text of one language."""

    def __init__(self, data: InvoiceData, language: str, edition: int = NEWEST) -> None:
        self.data = data
        self.language = language
        self.edition = edition
        self.words: Words = WORDS[language]
        self.locale = _locale(language)

    def party(self, party: Party, label: str) -> dict[str, Any]:
        country = self.locale.territories.get(party.country, party.country)
        town = f"{party.postal_code} {party.city}".strip()
        numbers = [
            f"{self.words.vat_number} {party.vat_number}" if party.vat_number else "",
            f"{party.register} {party.registration_number}".strip()
            if party.registration_number
            else "",
        ]
        return {
            "label": label,
            "name": party.name,
            "address": [text for text in (party.street, town, country) if text],
            "numbers": [text for text in numbers if text],
        }

    def facts(self, month: dt.date, customer_number: str) -> list[Row]:
        data, words = self.data, self.words
        month_text = format_skeleton("yMMMM", month, locale=self.locale)
        facts = [
            (words.number, data.number),
            (words.issued_on, day_text(data.issued_on, self.language)),
            (words.due_on, day_text(data.due_on, self.language) if data.asks_for_payment else ""),
            (words.month, month_text),
            (words.customer_number, customer_number),
            (words.buyer_reference, data.buyer_reference),
            (words.order_number, data.order_number),
            (
                words.corrects,
                ", ".join(
                    f"{each.number} ({day_text(each.issued_on, self.language)})"
                    for each in data.originals
                ),
            ),
        ]
        return [(name, value) for name, value in facts if value]

    def groups(self) -> list[dict[str, Any]]:
        return [
            {
                "label": label or self.words.whole_organisation,
                "lines": [self._line(line) for line in lines],
            }
            for label, lines in groupby(self.data.lines, key=lambda line: line.group)
        ]

    def totals(self) -> list[Row]:
        data, words = self.data, self.words
        rows = [(words.net, self.money(data.net))]
        rows += [(self._vat_label(row), self.money(row.vat)) for row in data.vat_rows]
        if data.accounting_vat is not None:
            amount = format_currency(
                data.accounting_vat, data.accounting_currency, locale=self.locale
            )
            rows.append((words.accounting_vat.format(data.accounting_currency), amount))
        return rows

    def payment(self) -> list[Row]:
        data, words = self.data, self.words
        questions = words.questions.format(data.seller.email)
        if not data.asks_for_payment:
            return [("", data.terms), ("", questions)]
        printed = references.printed(data.reference, data.buyer.country)
        return [
            (words.account, f"{_grouped(data.iban)} (BIC {data.bic})"),
            (words.reference, printed),
            ("", data.terms),
            ("", questions),
        ]

    def money(self, amount: Decimal) -> str:
        return format_currency(amount, self.data.currency, locale=self.locale)

    def _line(self, line: Line) -> dict[str, str]:
        last = line.period_until - dt.timedelta(days=1)
        period = f"{day_text(line.period_from, self.language)} – {day_text(last, self.language)}"
        if not line.is_usage and line.days != line.month_days:
            period += f" · {self.words.days.format(line.days, line.month_days)}"
        price = self._price(line.unit_price)
        return {
            "name": line.name,
            "period": period,
            "quantity": format_decimal(line.quantity, locale=self.locale),
            "price": price if line.is_usage else self.words.per_month.format(price),
            "vat": self._vat_of(line),
            "net": self.money(line.net),
        }

    def _vat_label(self, row: Vat) -> str:
        if self.edition < VAT_IN_WORDS or has_rate(row.category):
            return self.words.vat_of.format(self._rate(row.rate), self.money(row.net))
        if row.category == Category.OUTSIDE_SCOPE:
            return self.words.no_vat  # of all of it: it stands alone
        return self.words.reversed_of.format(self.money(row.net))

    def _vat_of(self, line: Line) -> str:
        if self.edition >= VAT_IN_WORDS:
            return self._rate(line.vat_rate) if has_rate(line.vat_category) else "–"
        return line.vat_category if line.vat_category == "O" else self._rate(line.vat_rate)

    def _price(self, price: Decimal) -> str:
        """Two decimals, or as many of its six as it has."""
        if price == price.quantize(CENT):
            return self.money(price)
        return format_currency(
            price.normalize(),
            self.data.currency,
            locale=self.locale,
            currency_digits=False,
            decimal_quantization=False,
        )

    def _rate(self, rate: Decimal) -> str:
        return format_percent(rate / 100, locale=self.locale, decimal_quantization=False)


def _grouped(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, language))
