"""What programs were answered, and which of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AnsweredRequest(models.Model):
    """What a program was answered the first time it used this key; the same again for a repeat.

    Written in the transaction of what the request did: either both are there or neither is.

    It belongs to whoever asked: a token of an organisation, a credential that staff made, or an
    application on a tenant, whose access tokens are gone within minutes while it stays.
    """

    token = models.ForeignKey(
        "customers.OrganisationToken", models.CASCADE, null=True, related_name="+", db_index=False
    )
    credential = models.ForeignKey(
        "metering.ApiCredential", models.CASCADE, null=True, related_name="+", db_index=False
    )
    authorisation = models.ForeignKey(
        "applications.Authorisation", models.CASCADE, null=True, related_name="+", db_index=False
    )
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField(_("status"))
    content_type = models.CharField(max_length=100)
    headers = models.JSONField(default=dict)  # those that belong to the answer: Location
    body = models.BinaryField()
    answered_at = models.DateTimeField(_("answered at"))

    objects: ClassVar = models.Manager["AnsweredRequest"]()

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        # As it was called when only organisations had keys: processes of the version before write
        # to it until they end.
        db_table = "customers_answeredrequest"
        indexes = [models.Index(fields=["answered_at"], name="answered_request_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=Q(token__isnull=False, credential=None, authorisation=None)
                | Q(token=None, credential__isnull=False, authorisation=None)
                | Q(token=None, credential=None, authorisation__isnull=False),
                name="answered_request_asked_by_one",
            ),
            models.UniqueConstraint(
                fields=["token", "key"],
                condition=Q(token__isnull=False),
                name="answered_request_once_per_key",
            ),
            models.UniqueConstraint(
                fields=["credential", "key"],
                condition=Q(credential__isnull=False),
                name="answered_request_once_per_key_of_credential",
            ),
            models.UniqueConstraint(
                fields=["authorisation", "key"],
                condition=Q(authorisation__isnull=False),
                name="answered_request_once_per_key_of_application",
            ),
        ]

    def __str__(self) -> str:
        return self.key
