"""Licence files as rows: what was signed, for whom, until when, and whether it was followed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subscriptions.licence_files.querysets import LicenceFileQuerySet

if TYPE_CHECKING:
    import datetime as dt


class LicenceFile(models.Model):
    """What a tenant may use, signed, so that it can be verified without asking the portal.

    A file is followed up once: by the next one, or by finding that there is nothing to license
    any more. `followed_up_at` says when; until then it is the tenant's present file.
    """

    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        related_name="licence_files",
        verbose_name=_("tenant"),
    )
    number = models.PositiveIntegerField(_("number"))  # counts the tenant's files from 1
    key_id = models.CharField(_("key"), max_length=16)
    content = models.TextField(_("content"))
    issued_at = models.DateTimeField(_("issued at"))
    warning_at = models.DateTimeField(_("warns from"))
    expires_at = models.DateTimeField(_("expires at"))
    grace_until = models.DateTimeField(_("works until"))
    # Whether the next one goes out by mail; else the program that asked for it comes back.
    by_mail = models.BooleanField(_("the next one by mail"), default=True)
    followed_up_at = models.DateTimeField(_("followed up at"), null=True, blank=True)

    objects: ClassVar = LicenceFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence file")
        verbose_name_plural = _("licence files")
        indexes = [
            models.Index(
                fields=["warning_at"],
                condition=Q(followed_up_at__isnull=True),
                name="licence_file_follow_up_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="licence_file_number_once"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(followed_up_at__isnull=True),
                name="licence_file_present_once_per_tenant",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__lt=F("expires_at"))
                & Q(issued_at__lte=F("warning_at"))
                & Q(warning_at__lte=F("expires_at"))
                & Q(expires_at__lte=F("grace_until")),
                name="licence_file_dates_in_order",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="signed_once", exclude=["followed_up_at"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}-{self.number}"

    def is_last(self, ends_at: dt.datetime | None) -> bool:
        """Whether no other follows: everything is known to end at `ends_at`, and it ends then."""
        return self.expires_at == self.grace_until == ends_at

    def outlasts(self, ends_at: dt.datetime | None) -> bool:
        """Whether it would work on after everything has ended, which was not known yet."""
        return ends_at is not None and self.grace_until > ends_at

    @property
    def name(self) -> str:
        """ "licence-Cust12345-3.lic". Load it with its tenant."""
        identity = self.tenant.identifier or self.tenant.serial_number
        return f"licence-{identity}-{self.number}.lic"
