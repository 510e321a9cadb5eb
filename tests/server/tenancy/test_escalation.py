"""Nobody hands out more than he holds, whatever he tries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.platform.errors import DomainError
from factories import Tenant, add_person, make_person

ORG = st.sampled_from([None, *rules.ORG_ROLES])
PROJECT = st.sampled_from([None, *rules.PROJECT_ROLES])
SCOPES = st.frozensets(st.sampled_from(list(rules.SCOPES)), min_size=1)


@given(ORG, PROJECT, SCOPES, st.sampled_from(list(rules.ORG_ROLES)))
def test_a_role_in_the_organization_is_never_above_the_givers(
    org: str | None, project: str | None, scopes: frozenset[str], given_role: str
) -> None:
    held = rules.of_roles(org) & rules.of_scopes(scopes)
    if "member.manage" in held and rules.may_hand_out_org_role(org, given_role):
        assert rules.ORG_ROLES[given_role] <= held


@given(ORG, PROJECT, SCOPES, st.sampled_from(list(rules.PROJECT_ROLES)))
def test_a_role_in_a_project_is_never_above_the_givers(
    org: str | None, project: str | None, scopes: frozenset[str], given_role: str
) -> None:
    held = rules.of_roles(org, project) & rules.of_scopes(scopes)
    if "member.manage" in held and rules.may_hand_out_project_role(held, given_role):
        assert rules.PROJECT_ROLES[given_role] <= held


@given(ORG, PROJECT, SCOPES, SCOPES)
def test_a_key_begets_no_mightier_key(
    org: str | None, project: str | None, own: frozenset[str], child: frozenset[str]
) -> None:
    roles = rules.of_roles(org, project)
    if rules.narrower(child, own):
        assert roles & rules.of_scopes(child) <= roles & rules.of_scopes(own)


@given(ORG, PROJECT, st.sampled_from(list(rules.PERMISSIONS)))
def test_those_who_are_named_can_indeed_help(
    org: str | None, project: str | None, permission: str
) -> None:
    """Each role that a refusal names can hand out a role with the missing permission."""
    for role in rules.who_can_grant(permission, in_project=project is not None):
        if role in rules.ORG_ROLES:
            assert any(
                permission in allowed and rules.may_hand_out_org_role(role, other)
                for other, allowed in rules.ORG_ROLES.items()
            )
        else:
            held = rules.PROJECT_ROLES[role]
            assert any(
                permission in allowed and rules.may_hand_out_project_role(held, other)
                for other, allowed in rules.PROJECT_ROLES.items()
            )


@pytest.mark.parametrize("org_role", list(rules.ORG_ROLES))
@pytest.mark.parametrize("project_role", [None, *rules.PROJECT_ROLES])
def test_the_actions_keep_the_rule(tenant: Tenant, org_role: str, project_role: str | None) -> None:
    """Everything a member of each kind tries with another's roles, measured before and after."""
    giver = tenancy.actor_for_person(
        add_person(tenant, org_role=org_role, project_role=project_role)
    )
    with_role = rules.of_roles(org_role, project_role)
    other = add_person(tenant)
    for role in rules.PROJECT_ROLES:
        try:
            tenancy.set_project_member(giver, tenant.project_id, person_id=other.id, role=role)
        except DomainError:
            continue
        assert rules.PROJECT_ROLES[role] <= with_role
    for role in rules.ORG_ROLES:
        for attempt in (
            lambda role=role: tenancy.change_org_member(giver, tenant.org_id, other.id, role=role),
            lambda role=role: tenancy.set_org_member(
                giver, tenant.org_id, email=make_person().email, role=role
            ),
            lambda role=role: tenancy.invite(
                giver, tenant.org_id, email=f"{role}@example.test", role=role
            ),
            lambda role=role: tenancy.create_service_account(
                giver, tenant.org_id, name=role, role=role
            ),
        ):
            try:
                attempt()
            except DomainError:
                continue
            assert rules.ORG_ROLES[role] <= with_role
