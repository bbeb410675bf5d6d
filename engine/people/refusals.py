"""What people may be refused when they sign in or look after accounts, groups and absences."""

from __future__ import annotations

from engine.errors import Conflict, DunflowError, Invalid, NotPermitted


class SignInRefused(DunflowError):
    """The sign-in name or the password is wrong, or this account is locked for a while."""

    status = 401
    keeps_changes = True  # the edge commits before it answers: the failure has been counted


class WrongPassword(SignInRefused):
    """The present password is wrong."""

    status = 422


class PasswordTooShort(Invalid):
    """A password has at least {length} characters."""


class PasswordTooLong(Invalid):
    """A password has at most {length} characters."""


class PasswordIsName(Invalid):
    """A password may not be your sign-in name or your name."""


class PasswordTooCommon(Invalid):
    """This password is one of the first that are guessed."""


class PasswordUnchanged(Invalid):
    """The new password must differ from the present one."""


class NotAdministrator(NotPermitted):
    """Only an administrator may do this."""


class NotSupervisorOf(NotPermitted):
    """Only an administrator or a supervisor of {name}'s group may do this."""


class OwnAdministration(NotPermitted):
    """Nobody takes the administrator's role from themselves or deactivates themselves: ask another administrator."""


class LastAdministrator(NotPermitted):
    """{name} is the last active administrator and must remain one."""


class AdministratorExists(Conflict):
    """There is an administrator already: sign in, or ask them."""


class NameTaken(Conflict):
    """The name {name} is taken already."""


class RoleMissing(Invalid):
    """{name} needs the role {role} for this."""
