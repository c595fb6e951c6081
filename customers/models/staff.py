from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.people import Duty


class StaffChange(models.Model):
    """Who became staff, with which duties, and no longer. Never changed.

    No customer is concerned, so the history has no place for it. Duties are null for somebody
    who is no staff; `by` is null where it was done from the command line.
    """

    person = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        related_name="staff_changes",
        verbose_name=_("person"),
    )
    before = ArrayField(
        models.CharField(max_length=20, choices=Duty.choices),
        null=True,
        blank=True,
        verbose_name=_("duties before"),
    )
    after = ArrayField(
        models.CharField(max_length=20, choices=Duty.choices),
        null=True,
        blank=True,
        verbose_name=_("duties after"),
    )
    # Names of credentials of programs that the person made, and that worked when it ended.
    works_on = ArrayField(
        models.CharField(max_length=100),
        default=list,
        db_default=[],  # for processes of before
        blank=True,
        verbose_name=_("credentials that work on"),
    )
    # Whom the person had invited where, and who had not accepted yet when it ended.
    invitations = ArrayField(
        models.TextField(),
        default=list,
        db_default=[],  # for processes of before
        blank=True,
        verbose_name=_("open invitations"),
    )
    by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("when"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("change of staff")
        verbose_name_plural = _("changes of staff")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.before} → {self.after}"


class AccountChange(models.Model):
    """Whose account was shut, or opened again, by whom and why. Never changed."""

    person = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        related_name="account_changes",
        verbose_name=_("person"),
    )
    is_open = models.BooleanField(_("open from then on"))
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("change of an account")
        verbose_name_plural = _("changes of accounts")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.is_open}"


class SecondFactorReset(models.Model):
    """Whose lost second factor was taken away, by whom and how they knew who asked. Never changed.

    `by` is null where it was done from the command line.
    """

    person = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        related_name="second_factor_resets",
        verbose_name=_("person"),
    )
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("when"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("reset of a second factor")
        verbose_name_plural = _("resets of second factors")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.at}"
