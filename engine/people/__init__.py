"""People: signing in, accounts and roles, groups, absences, and which cases each of them may see."""

from engine.people.absences import add_absence, available, remove_absence
from engine.people.accounts import (
    Created,
    activate,
    change_user,
    create_first_administrator,
    create_user,
    deactivate,
    end_sessions,
    has_administrator,
    set_roles,
)
from engine.people.groups import (
    Scope,
    create_group,
    remove_member,
    rename_group,
    set_active,
    set_member,
    set_scopes,
)
from engine.people.responsibility import (
    refresh_case_groups,
    responsible_group,
    responsible_group_id,
    responsible_groups,
)
from engine.people.rights import is_administrator, supervises
from engine.people.scope import may_read, may_see, readable_cases, supervised_groups, visible_cases
from engine.people.signing_in import change_password, check_password, is_locked, reset_password, sign_in, unlock

__all__ = [
    "Created",
    "Scope",
    "activate",
    "add_absence",
    "available",
    "change_password",
    "change_user",
    "check_password",
    "create_first_administrator",
    "create_group",
    "create_user",
    "deactivate",
    "end_sessions",
    "has_administrator",
    "is_administrator",
    "is_locked",
    "may_read",
    "may_see",
    "readable_cases",
    "refresh_case_groups",
    "remove_absence",
    "remove_member",
    "rename_group",
    "reset_password",
    "responsible_group",
    "responsible_group_id",
    "responsible_groups",
    "set_active",
    "set_member",
    "set_roles",
    "set_scopes",
    "sign_in",
    "supervised_groups",
    "supervises",
    "unlock",
    "visible_cases",
]
