"""Addresses of an organisation itself and of its people."""

from __future__ import annotations

from django.urls import path

from portal.pages import organisation, people

DETAILS = "organisations/<int:organisation_id>/details/"
HERE = "organisations/<int:organisation_id>/people/"

urlpatterns = [
    path(DETAILS, organisation.organisation, name="organisation"),
    path(f"{DETAILS}change/", organisation.change_organisation, name="change_organisation"),
    path(HERE, people.people, name="people"),
    path(f"{HERE}invite/", people.invite, name="invite"),
    path(
        f"{HERE}invitations/<int:invitation_id>/withdraw/",
        people.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path(f"{HERE}<int:membership_id>/role/", people.change_role, name="change_role"),
    path(f"{HERE}<int:membership_id>/remove/", people.remove_member, name="remove_member"),
    path(f"{HERE}partners/grant/", people.grant_partner_access, name="grant_partner_access"),
    path(
        f"{HERE}partners/<int:access_id>/withdraw/",
        people.withdraw_partner_access,
        name="withdraw_partner_access",
    ),
]
