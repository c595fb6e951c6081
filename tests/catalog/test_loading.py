from __future__ import annotations

import threading
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from billing.models import BillingRun
from catalog.loading import load_catalogue
from catalog.models import PriceComponent, PriceVersion, Product, ProductVersion, Seller
from catalog.queries import seller_for
from catalog.reading import WrongCatalogue
from customers import clock
from tests.catalog.conftest import TODAY, edit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def everything() -> list[list[Any]]:
    models: tuple[Any, ...] = (Seller, Product, ProductVersion, PriceVersion, PriceComponent)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_a_first_load_tells_what_it_added(seed: Path) -> None:
    loaded = load_catalogue(seed, on=TODAY)

    assert loaded.changes == (
        "seller no: added",
        "seller nl: added",
        "product base: added",
        "product base: version 1",
        "product tools: added",
        "product tools: version 1",
        "meter calls: added",
        "price tools EUR from 2026-01-01: added",
        "price tools EUR from 2027-01-01: added",
    )
    assert Seller.objects.get(is_default=True).code == "nl"
    assert PriceComponent.objects.get(code="licence").unit_amount == Decimal(588)


def test_a_second_load_changes_nothing(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    before = everything()

    assert load_catalogue(seed, on=TODAY).changes == ()

    assert everything() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("tools.yaml", "kind: tool", "# why\nkind: tool", id="a comment"),
        pytest.param("tools.yaml", "name: Tools", 'name: "Tools"', id="quotes"),
        pytest.param(
            "tools.yaml", "[core, growth,", "[\n core,\n growth,", id="a list over more lines"
        ),
        pytest.param("prices.yaml", '"588.00"', '"588.0"', id="an amount with fewer zeros"),
        pytest.param("prices.yaml", '"4.50"', '"4.5"', id="a tier with fewer zeros"),
    ],
)
def test_another_layout_is_no_change(seed: Path, file: str, old: str, new: str) -> None:
    load_catalogue(seed, on=TODAY)

    edit(seed, file, old, new)

    assert load_catalogue(seed, on=TODAY).changes == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "versions"),
    [
        pytest.param(
            "tools.yaml", "name: Tools", "name: Better", {"tools": 2, "base": 1}, id="text"
        ),
        pytest.param(
            "tools.yaml",
            "needs_confirmation: true",
            "restore_days: 60",
            {"tools": 2, "base": 1},
            id="policy",
        ),
        pytest.param(
            "capabilities.yaml",
            "what: What",
            "what: More",
            {"tools": 2, "base": 2},
            id="capability",
        ),
    ],
)
def test_changed_content_is_the_next_version_and_the_old_one_stays(
    seed: Path, file: str, old: str, new: str, versions: dict[str, int]
) -> None:
    load_catalogue(seed, on=TODAY)
    sold = ProductVersion.objects.get(product__code="tools")
    as_sold = ProductVersion.objects.filter(pk=sold.pk).values().get()

    edit(seed, file, old, new)
    load_catalogue(seed, on=TODAY)

    current = {v.product.code: v.number for v in ProductVersion.objects.current()}
    assert current == versions
    assert ProductVersion.objects.filter(pk=sold.pk).values().get() == as_sold


def test_content_that_comes_back_is_a_version_of_its_own(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    edit(seed, "tools.yaml", "name: Tools", "name: Better")
    load_catalogue(seed, on=TODAY)

    edit(seed, "tools.yaml", "name: Better", "name: Tools")

    assert load_catalogue(seed, on=TODAY).changes == ("product tools: version 3",)


def test_the_place_on_the_page_changes_without_a_version(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)

    edit(seed, "tools.yaml", "position: 1", "position: 9")

    assert load_catalogue(seed, on=TODAY).changes == ("product tools: changed position",)
    assert Product.objects.get(code="tools").position == 9


def test_sellers_follow_the_file_and_the_default_can_move(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)

    edit(seed, "sellers.yaml", "is_default: true", "is_default: false")
    edit(seed, "sellers.yaml", '["NO"]', '["NO"]\n  is_default: true')

    assert load_catalogue(seed, on=TODAY).changes == (
        "seller nl: changed is_default",
        "seller no: changed is_default",
    )
    assert Seller.objects.get(is_default=True).code == "no"


@pytest.mark.parametrize(
    ("changes", "line", "moved"),
    [
        pytest.param(
            [('["NO"]', '["NO", "DE"]')],
            20,
            ["customers in DE have invoices of nl, and no would serve them"],
            id="taken by another",
        ),
        pytest.param(
            [('["NO"]', '["SE"]')],
            1,
            ["customers in NO have invoices of no, and nl would serve them"],
            id="left to the default",
        ),
        pytest.param(
            [("is_default: true", "is_default: false"), ('["NO"]', '["NO"]\n  is_default: true')],
            20,
            ["customers in DE have invoices of nl, and no would serve them"],
            id="another default",
        ),
    ],
)
def test_a_country_with_invoices_stays_with_its_seller(
    changes: list[tuple[str, str]], line: int, moved: list[str], seed: Path
) -> None:
    load_catalogue(seed, on=TODAY)
    for change in changes:
        edit(seed, "sellers.yaml", *change)

    with pytest.raises(WrongCatalogue) as wrong:
        load_catalogue(seed, on=TODAY, invoiced={"nl": {"NL", "DE"}, "no": {"NO"}})

    assert str(wrong.value).splitlines() == [
        f"sellers.yaml:{line}: {each} from now on: a company cannot credit what another has charged"
        for each in moved
    ]


def test_a_country_without_invoices_may_get_a_seller_of_its_own(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)

    edit(seed, "sellers.yaml", '["NO"]', '["NO", "SE"]')

    loaded = load_catalogue(seed, on=TODAY, invoiced={"nl": {"NL", "DE"}, "no": {"NO"}})
    assert loaded.changes == ("seller no: changed serves_countries",)
    assert seller_for("SE").code == "no"


def test_an_example_seller_goes_when_the_files_name_another(seed: Path) -> None:
    """It would invoice nobody, and still be who sells there."""
    edit(seed, "sellers.yaml", "is_default: true", "is_default: true\n  example: true")
    load_catalogue(seed, on=TODAY)

    edit(seed, "sellers.yaml", "- code: nl", "- code: acme")
    edit(seed, "sellers.yaml", "\n  example: true", "")

    assert load_catalogue(seed, on=TODAY).changes == (
        "seller nl: removed",
        "seller acme: added",
    )
    assert seller_for("NL").code == "acme"


def test_an_example_seller_that_was_used_serves_nobody(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    used = Seller.objects.get(code="no")
    BillingRun.objects.create(seller=used, month=TODAY.replace(day=1), started_at=clock.now())
    Seller.objects.filter(pk=used.pk).update(example=True)
    rest = (seed / "sellers.yaml").read_text().partition('- code: "no"')[0]
    (seed / "sellers.yaml").write_text(rest)

    assert load_catalogue(seed, on=TODAY).changes == ("seller no: serves nobody",)
    assert load_catalogue(seed, on=TODAY).changes == ()
    assert seller_for("NO").code == "nl"


def test_a_price_for_a_later_day_is_added(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)

    with (seed / "prices.yaml").open("a") as prices:
        prices.write(
            "- product: base\n  currency: NOK\n  valid_from: 2026-06-01\n  components:\n"
            "    - {code: licence, unit: month, model: flat, unit_amount: '10',"
            " label: {nl: L, en: L}}\n"
        )

    assert load_catalogue(seed, on=TODAY).changes == ("price base NOK from 2026-06-01: added",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"588.00"', '"588.01"', id="amount"),
        pytest.param("code: licence", "code: other", id="component"),
        pytest.param("en: Licence}", "en: License}", id="label"),
        pytest.param("  example: true\n", "", id="no longer an example"),
    ],
)
def test_a_price_that_was_loaded_is_never_changed(seed: Path, old: str, new: str) -> None:
    load_catalogue(seed, on=TODAY)
    before = everything()
    edit(seed, "prices.yaml", old, new)
    edit(seed, "tools.yaml", "name: Tools", "name: Better")

    with pytest.raises(WrongCatalogue) as refused:
        load_catalogue(seed, on=TODAY)

    assert str(refused.value) == (
        "prices.yaml:1: tools in EUR from 2026-01-01 has another price already, "
        "and a price never changes: add one with a later valid_from"
    )
    assert everything() == before


def test_what_the_files_no_longer_name_stays(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    before = everything()

    (seed / "prices.yaml").write_text("[]")

    assert load_catalogue(seed, on=TODAY).changes == ()
    assert everything() == before


def test_a_wrong_file_writes_nothing(seed: Path) -> None:
    edit(seed, "prices.yaml", '"588.00"', "588.00")

    with pytest.raises(WrongCatalogue):
        load_catalogue(seed, on=TODAY)

    assert everything() == [[], [], [], [], []]


def test_the_command_says_what_changed_and_then_that_nothing_did(seed: Path) -> None:
    first, second = StringIO(), StringIO()

    call_command("load_catalogue", seed, stdout=first, skip_checks=True)
    call_command("load_catalogue", seed, stdout=second, skip_checks=True)

    assert "product tools: version 1\n" in first.getvalue()
    assert second.getvalue() == "The catalogue is up to date: nothing changed.\n"


def test_the_command_keeps_silent_when_asked_to(seed: Path) -> None:
    out = StringIO()

    call_command("load_catalogue", seed, verbosity=0, stdout=out, skip_checks=True)

    assert out.getvalue() == ""
    assert Product.objects.count() == 2


def test_the_command_checks_without_writing(seed: Path) -> None:
    out = StringIO()

    call_command("load_catalogue", seed, "--check", stdout=out, skip_checks=True)

    assert "would be: product tools: version 1\n" in out.getvalue()
    assert everything() == [[], [], [], [], []]


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["load", "check"])
def test_the_command_fails_with_file_line_and_reason(seed: Path, options: list[str]) -> None:
    edit(seed, "tools.yaml", "kind: tool", "kind: gadget")

    with pytest.raises(CommandError) as failed:
        call_command("load_catalogue", seed, *options, skip_checks=True)

    assert str(failed.value) == "tools.yaml:3: kind is one of metered, product, tool, not 'gadget'"
    assert failed.value.returncode == 1
    assert everything() == [[], [], [], [], []]


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_make_one_catalogue(seed: Path) -> None:
    changes: list[int] = []

    def load() -> None:
        try:
            changes.append(len(load_catalogue(seed, on=TODAY).changes))
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(changes) == [0, 9]
