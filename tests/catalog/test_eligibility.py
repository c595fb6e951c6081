from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.eligibility import (
    Already,
    Deployment,
    Holdings,
    ProductFacts,
    Reason,
    Refusal,
    RefusalCode,
    Scenario,
    Scope,
    TenantFacts,
    WayOut,
    advice_table,
    advise,
    advise_tenant,
    development_tools_needed,
    why_not,
)

ONLINE, ON_PREMISE = Deployment.ONLINE, Deployment.ON_PREMISE
CUSTOMISE = Scenario.CUSTOMISE_IN_SETTINGS
STANDARD = Scenario.PUBLISH_STANDARD_APPLICATION
CUSTOM = Scenario.ACTIVATE_CUSTOM_APPLICATION

TENANT = TenantFacts(
    deployment="online",
    environment="production",
    kind="production",
    crm_version=(10, 3),
    is_running=True,
    state="running",
)
LOCAL = replace(TENANT, deployment="on_premise", state="")
TOOLS = ProductFacts(
    code="development-tools",
    scope=Scope.SITE,
    deployments=frozenset({"online", "on_premise"}),
    included_in_plans=frozenset({"core", "growth", "plus", "super"}),
)
SANDBOX = ProductFacts(
    code="sandbox-production-environment",
    scope=Scope.TENANT,
    deployments=frozenset({"online"}),
    needs_online_source=True,
)
SCIM = ProductFacts(code="scim", scope=Scope.ORGANISATION, deployments=frozenset({"online"}))
NOTHING = Holdings()


@pytest.mark.parametrize(
    ("scenario", "deployment", "needed", "embedded", "reason"),
    [
        (CUSTOMISE, ONLINE, False, False, Reason.SETTINGS_ARE_FREE),
        (CUSTOMISE, ON_PREMISE, False, False, Reason.SETTINGS_ARE_FREE),
        (STANDARD, ONLINE, False, True, Reason.STANDARD_IS_EMBEDDED),
        (STANDARD, ON_PREMISE, True, False, Reason.ON_PREMISE_ALWAYS),
        (CUSTOM, ONLINE, True, False, Reason.CUSTOM_ALWAYS),
        (CUSTOM, ON_PREMISE, True, False, Reason.CUSTOM_ALWAYS),
    ],
)
def test_advice_is_the_seeds_table(
    scenario: Scenario, deployment: Deployment, needed: bool, embedded: bool, reason: Reason
) -> None:
    answer = advise(scenario, deployment)

    assert (answer.needed, answer.embedded, answer.reason) == (needed, embedded, reason)
    assert development_tools_needed(scenario, deployment) is needed
    assert answer.must_order is needed


def test_the_whole_table_has_a_row_per_scenario_and_a_column_per_deployment() -> None:
    table = [[(answer.needed, answer.embedded) for answer in row] for row in advice_table()]

    assert table == [
        [(False, False), (False, False)],
        [(False, True), (True, False)],
        [(True, False), (True, False)],
    ]


@pytest.mark.parametrize(
    ("tenant", "subscribed", "already", "plan"),
    [
        pytest.param(TENANT, False, None, "", id="has nothing"),
        pytest.param(TENANT, True, Already.SUBSCRIBED, "", id="has a subscription"),
        pytest.param(
            replace(TENANT, crm_suite_plan="starter"), False, None, "", id="plan without the tools"
        ),
        pytest.param(
            replace(TENANT, crm_suite_plan="core"), False, Already.IN_PLAN, "core", id="in its plan"
        ),
        pytest.param(
            replace(TENANT, crm_suite_plan="core"), True, Already.SUBSCRIBED, "", id="both"
        ),
        pytest.param(
            replace(TENANT, environment="sod", kind="developer"),
            False,
            Already.DEVELOPER_TENANT,
            "",
            id="free on a developer tenant",
        ),
    ],
)
def test_advice_for_a_tenant_knows_what_it_has(
    tenant: TenantFacts, subscribed: bool, already: Already | None, plan: str
) -> None:
    answer = advise_tenant(
        CUSTOM, tenant, subscribed=subscribed, plans_including=TOOLS.included_in_plans
    )

    assert answer.needed
    assert (answer.already, answer.plan) == (already, plan)
    assert answer.must_order is (already is None)


def test_advice_for_a_tenant_follows_its_deployment() -> None:
    assert not advise_tenant(STANDARD, TENANT, subscribed=False).needed
    assert advise_tenant(STANDARD, LOCAL, subscribed=False).needed


@pytest.mark.parametrize(
    ("product", "tenant", "holdings"),
    [
        pytest.param(TOOLS, TENANT, NOTHING, id="tools online"),
        pytest.param(TOOLS, LOCAL, NOTHING, id="tools on-premise"),
        pytest.param(TOOLS, replace(TENANT, kind="sandbox"), NOTHING, id="tools in a sandbox"),
        pytest.param(
            TOOLS, replace(TENANT, crm_suite_plan="starter"), NOTHING, id="plan without the tools"
        ),
        pytest.param(SANDBOX, TENANT, NOTHING, id="sandbox of a production tenant"),
        pytest.param(SCIM, None, NOTHING, id="organisation licence"),
        pytest.param(
            SCIM, None, Holdings(deployments=frozenset({"online", "on_premise"})), id="one online"
        ),
        pytest.param(
            replace(TOOLS, prerequisites=frozenset({"scim"})),
            TENANT,
            Holdings(licensed=frozenset({"scim"})),
            id="prerequisite in force",
        ),
    ],
)
def test_nothing_stands_in_the_way(
    product: ProductFacts, tenant: TenantFacts | None, holdings: Holdings
) -> None:
    assert why_not(product, tenant, holdings) == []


@pytest.mark.parametrize(
    ("product", "tenant", "holdings", "refusal"),
    [
        pytest.param(
            SANDBOX,
            LOCAL,
            NOTHING,
            Refusal(
                RefusalCode.WRONG_DEPLOYMENT,
                WayOut.ASK_ABOUT_MOVING_ONLINE,
                needs="online",
                has="on_premise",
            ),
            id="online only",
        ),
        pytest.param(
            replace(TOOLS, deployments=frozenset({"on_premise"})),
            TENANT,
            NOTHING,
            Refusal(
                RefusalCode.WRONG_DEPLOYMENT,
                WayOut.CHOOSE_ANOTHER_TENANT,
                needs="on_premise",
                has="online",
            ),
            id="on-premise only",
        ),
        pytest.param(
            replace(TOOLS, minimum_crm_version=(10, 0)),
            replace(TENANT, crm_version=(9, 2)),
            NOTHING,
            Refusal(RefusalCode.CRM_VERSION_TOO_LOW, WayOut.UPGRADE_CRM, needs="10.0", has="9.2"),
            id="version too low",
        ),
        pytest.param(
            replace(TOOLS, prerequisites=frozenset({"scim"})),
            TENANT,
            Holdings(subscribed=frozenset({"scim"})),
            Refusal(RefusalCode.MISSING_PREREQUISITE, WayOut.ORDER_PREREQUISITE, needs="scim"),
            id="prerequisite ordered, not in force",
        ),
        pytest.param(
            TOOLS,
            replace(TENANT, is_running=False, state="suspended"),
            NOTHING,
            Refusal(RefusalCode.TENANT_NOT_RUNNING, WayOut.WAIT_UNTIL_RUNNING, has="suspended"),
            id="tenant not running",
        ),
        pytest.param(
            TOOLS,
            TENANT,
            Holdings(subscribed=frozenset({"development-tools"})),
            Refusal(RefusalCode.ALREADY_SUBSCRIBED, WayOut.SEE_SUBSCRIPTION),
            id="subscribed",
        ),
        pytest.param(
            SCIM,
            None,
            Holdings(subscribed=frozenset({"scim"})),
            Refusal(RefusalCode.ALREADY_SUBSCRIBED, WayOut.SEE_SUBSCRIPTION),
            id="organisation subscribed",
        ),
        pytest.param(
            TOOLS,
            replace(TENANT, crm_suite_plan="growth"),
            NOTHING,
            Refusal(RefusalCode.INCLUDED_IN_PLAN, WayOut.USE_WHAT_THE_PLAN_GIVES, has="growth"),
            id="in the plan",
        ),
        pytest.param(
            TOOLS,
            replace(TENANT, crm_suite_plan="growth"),
            Holdings(subscribed=frozenset({"development-tools"})),
            Refusal(RefusalCode.ALREADY_SUBSCRIBED, WayOut.SEE_SUBSCRIPTION),
            id="subscribed says more than in the plan",
        ),
        pytest.param(
            TOOLS,
            replace(TENANT, environment="sod", kind="developer"),
            NOTHING,
            Refusal(
                RefusalCode.NOT_A_PRODUCTION_TENANT,
                WayOut.CHOOSE_PRODUCTION_TENANT,
                has="developer",
            ),
            id="tools are free on a developer tenant",
        ),
        pytest.param(
            TOOLS,
            replace(TENANT, environment="stage"),
            NOTHING,
            Refusal(
                RefusalCode.NOT_A_PRODUCTION_TENANT,
                WayOut.CHOOSE_PRODUCTION_TENANT,
                has="production",
            ),
            id="nothing is sold for stage",
        ),
        pytest.param(
            SANDBOX,
            replace(TENANT, kind="sandbox"),
            NOTHING,
            Refusal(
                RefusalCode.NOT_A_PRODUCTION_TENANT, WayOut.CHOOSE_PRODUCTION_TENANT, has="sandbox"
            ),
            id="no sandbox of a sandbox",
        ),
        pytest.param(
            SCIM,
            TENANT,
            NOTHING,
            Refusal(RefusalCode.NO_TENANT_NEEDED, WayOut.ORDER_FOR_ORGANISATION),
            id="organisation licence on a tenant",
        ),
        pytest.param(
            TOOLS,
            None,
            NOTHING,
            Refusal(RefusalCode.TENANT_NEEDED, WayOut.CHOOSE_TENANT),
            id="site licence without a tenant",
        ),
        pytest.param(
            SCIM,
            None,
            Holdings(deployments=frozenset({"on_premise"})),
            Refusal(
                RefusalCode.WRONG_DEPLOYMENT,
                WayOut.ASK_ABOUT_MOVING_ONLINE,
                needs="online",
                has="on_premise",
            ),
            id="organisation without an online tenant",
        ),
        pytest.param(
            SCIM,
            None,
            Holdings(deployments=frozenset()),
            Refusal(RefusalCode.NO_TENANT_YET, WayOut.HAVE_TENANT_REGISTERED),
            id="organisation without a tenant",
        ),
    ],
)
def test_one_thing_stands_in_the_way(
    product: ProductFacts, tenant: TenantFacts | None, holdings: Holdings, refusal: Refusal
) -> None:
    assert why_not(product, tenant, holdings) == [refusal]


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    tenant = replace(LOCAL, kind="sandbox", crm_version=(8, 5), is_running=False)
    product = replace(
        SANDBOX, minimum_crm_version=(9, 0), prerequisites=frozenset({"scim", "databridge"})
    )

    codes = [refusal.code for refusal in why_not(product, tenant, NOTHING)]

    assert codes == [
        RefusalCode.NOT_A_PRODUCTION_TENANT,
        RefusalCode.WRONG_DEPLOYMENT,
        RefusalCode.CRM_VERSION_TOO_LOW,
        RefusalCode.TENANT_NOT_RUNNING,
        RefusalCode.MISSING_PREREQUISITE,
        RefusalCode.MISSING_PREREQUISITE,
    ]


@pytest.mark.parametrize(
    ("has", "minimum", "enough"),
    [
        pytest.param((9, 10), (9, 2), True, id="9.10 is later than 9.2"),
        pytest.param((9, 2), (9, 10), False, id="9.2 is earlier than 9.10"),
        pytest.param((10,), (10, 0), True, id="10 is 10.0"),
        pytest.param((10, 0, 1), (10,), True, id="10.0.1 is later than 10"),
        pytest.param((10, 0), (10, 0, 1), False, id="10.0 is earlier than 10.0.1"),
    ],
)
def test_versions_compare_as_numbers(
    has: tuple[int, ...], minimum: tuple[int, ...], enough: bool
) -> None:
    product = replace(TOOLS, minimum_crm_version=minimum)

    refusals = why_not(product, replace(TENANT, crm_version=has), NOTHING)

    assert (refusals == []) is enough
