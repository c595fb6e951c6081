"""The admin's view of customers: for looking things up. What matters is changed by operations.

Nothing is added or deleted here. Only harmless fields can be edited, by those whose duty it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account import admin as _addresses  # noqa: F401 - so that all can be taken back
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _second_factors  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst

from customers import clock, queries
from customers.models import (
    AccountChange,
    AdviceQuestion,
    Duty,
    History,
    Invitation,
    Membership,
    Organisation,
    OrganisationToken,
    OutgoingMail,
    PartnerAccess,
    Person,
    SecondFactorReset,
    StaffChange,
    Tenant,
)
from customers.operations import organisations

if TYPE_CHECKING:
    from django.db.models import Field, ForeignKey, Model
    from django.http import HttpRequest


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    PersonModelForm = forms.ModelForm[Person]
else:  # Django's own classes take no parameters while they run
    ModelAdmin, TabularInline, PersonModelForm = (
        admin.ModelAdmin,
        admin.TabularInline,
        forms.ModelForm,
    )


# A factor is taken away by an operation, which tells of it; sessions are their person's affair,
# and an address is confirmed by whoever reads its mail.
admin.site.unregister([Authenticator, EmailAddress, UserSession])


class ReadMostlyAdmin(ModelAdmin):
    """All staff may look; `editable` fields are for staff with the duty `edited_by`."""

    editable: tuple[str, ...] = ()
    edited_by: Duty | None = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return _is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        if not self.editable or not _is_staff(request):
            return False
        user = request.user
        return user.is_superuser or (
            isinstance(user, Person)
            and self.edited_by is not None
            and user.has_duty(self.edited_by)
        )

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "language":  # of letters: those that they are written in
            label = capfirst(db_field.verbose_name)
            return forms.ChoiceField(label=label, choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:  # noqa: ARG002
        concrete = [field.name for field in self.opts.fields]
        return [name for name in concrete if name not in self.editable]


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff)


class ReadOnlyInline(TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return _is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("person", "organisation", "role", "since_at")
    autocomplete_fields = ("person",)


class TenantInline(ReadOnlyInline):
    model = Tenant
    fields = ("name", "deployment", "kind", "identifier", "serial_number", "state")
    fk_name = "organisation"


@admin.register(Organisation)
class OrganisationAdmin(ReadMostlyAdmin):
    editable = ("language", "representative")
    edited_by = Duty.OPERATIONS
    autocomplete_fields = ("representative",)
    list_display = ("customer_number", "name", "kind", "country", "currency", "partner")
    list_display_links = ("customer_number", "name")
    list_filter = ("kind", "country", "currency", "invoice_language")
    list_select_related = ("partner",)
    search_fields = ("name", "customer_number", "vat_number", "tenants__identifier")
    inlines = (MembershipInline, TenantInline)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name == "representative":
            kwargs["queryset"] = queries.staff_with_duty(Duty.SALES)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:  # noqa: ARG002
        organisations.change_contact(
            obj,
            language=obj.language,
            representative=obj.representative,
            by=cast("Person", request.user),
            at=clock.now(),
        )


@admin.register(Person)
class PersonAdmin(ReadMostlyAdmin):
    """Who is staff, has which duties, or has a shut account is decided in the back office, and
    kept there: "View on site" leads to it.
    """

    editable = ("name", "language")
    edited_by = Duty.STAFF_MANAGER
    fields = ("email", "name", "language", "is_active", "is_staff", "duties", "last_login")
    list_display = ("email", "name", "language", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    inlines = (MembershipInline,)

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Person,
        form: PersonModelForm,
        change: bool,  # noqa: ARG002
    ) -> None:
        # Nothing else: duties and password may have changed since the page was read.
        obj.save(update_fields=form.changed_data)

    def view_on_site(self, obj: Person) -> str:
        return reverse("backoffice:account", args=[obj.pk])


@admin.register(StaffChange)
class StaffChangeAdmin(ReadMostlyAdmin):
    list_display = ("at", "person", "before", "after", "by")
    list_display_links = ("at", "person")
    list_select_related = ("person", "by")
    search_fields = ("person__email", "person__name")
    ordering = ("-at", "-id")


@admin.register(AccountChange)
class AccountChangeAdmin(ReadMostlyAdmin):
    list_display = ("at", "person", "is_open", "reason", "by")
    list_display_links = ("at", "person")
    list_select_related = ("person", "by")
    search_fields = ("person__email", "person__name")
    ordering = ("-at", "-id")


@admin.register(SecondFactorReset)
class SecondFactorResetAdmin(ReadMostlyAdmin):
    list_display = ("at", "person", "reason", "by")
    list_display_links = ("at", "person")
    list_select_related = ("person", "by")
    search_fields = ("person__email", "person__name")
    ordering = ("-at", "-id")


@admin.register(PartnerAccess)
class PartnerAccessAdmin(ReadMostlyAdmin):
    list_display = ("customer", "partner", "granted_by", "granted_at", "withdrawn_at")
    list_select_related = ("customer", "partner", "granted_by")
    search_fields = ("customer__name", "partner__name")


@admin.register(Invitation)
class InvitationAdmin(ReadMostlyAdmin):
    fields = (
        "organisation",
        "email",
        "role",
        "invited_by",
        "invited_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "withdrawn_at",
    )
    list_display = ("email", "organisation", "role", "invited_at", "expires_at", "accepted_at")
    list_select_related = ("organisation",)
    search_fields = ("email", "organisation__name")


@admin.register(History)
class HistoryAdmin(ReadMostlyAdmin):
    list_display = (
        "at",
        "organisation",
        "tenant",
        "verb",
        "actor_kind",
        "actor",
        "token",
        "on_behalf_of",
    )
    list_display_links = ("at", "verb")
    list_filter = ("actor_kind",)
    list_select_related = ("organisation", "tenant", "actor", "token", "on_behalf_of")
    search_fields = ("=organisation__customer_number", "organisation__name", "verb")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    show_full_result_count = False


@admin.register(OrganisationToken)
class OrganisationTokenAdmin(ReadMostlyAdmin):
    """Without the hash: nobody needs to look at it."""

    fields = (
        "organisation",
        "name",
        "scopes",
        "secret_start",
        "made_by",
        "made_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "revoked_by",
    )
    list_display = ("name", "organisation", "secret_start", "made_at", "expires_at", "last_used_at")
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name", "=secret_start")
    ordering = ("-made_at",)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadMostlyAdmin):
    """Without the text: whoever reads an invitation's link can accept it in another's name."""

    fields = (
        "to",
        "subject",
        "created_at",
        "next_attempt_at",
        "attempts",
        "last_error",
        "sent_at",
    )
    list_display = ("to", "subject", "created_at", "sent_at", "attempts", "next_attempt_at")
    search_fields = ("to", "subject")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    show_full_result_count = False


@admin.register(AdviceQuestion)
class AdviceQuestionAdmin(ReadMostlyAdmin):
    list_display = ("organisation", "about", "asked_by", "asked_at", "answered_by", "answered_at")
    list_select_related = ("organisation", "asked_by", "answered_by")
    search_fields = ("organisation__name", "question")
    ordering = ("-asked_at",)
