from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Duty(models.TextChoices):
    """What a member of the vendor's staff does in the back office."""

    SALES = "sales", _("Sales")
    APP_MANAGER = "app_manager", _("App manager")
    BILLING = "billing", _("Billing")
    OPERATIONS = "operations", _("Operations")
    STAFF_MANAGER = "staff_manager", _("Staff manager")


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> Person:
        fields |= {"is_staff": True, "is_superuser": True, "duties": list(Duty.values)}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, PermissionsMixin):
    """A human being with one account, whatever number of organisations they work for."""

    email = models.EmailField(_("email address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("vendor staff"), default=False)
    duties = ArrayField(
        models.CharField(max_length=20, choices=Duty.choices), default=list, blank=True
    )

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="person_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(is_staff=True) | models.Q(duties=[]),
                name="person_only_staff_has_duties",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def has_duty(self, *duties: Duty) -> bool:
        """One of them at least."""
        return self.is_active and self.is_staff and not set(duties).isdisjoint(self.duties)
