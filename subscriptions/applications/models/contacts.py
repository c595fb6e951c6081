from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class ContactAddress(models.Model):
    """An address that an application of `owner` names, beside those of its own people.

    Whoever reads it agrees to be written to, by the link in the one letter that goes there before.
    """

    owner = models.ForeignKey(
        "customers.Organisation", models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    address = models.EmailField(_("e-mail address"))  # in small letters
    asked_at = models.DateTimeField(_("asked at"))
    asked_again_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("contact address")
        verbose_name_plural = _("contact addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "address"], name="contact_address_once_per_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(address=Lower("address")),
                name="contact_address_in_small_letters",
            ),
        ]

    def __str__(self) -> str:
        return self.address
