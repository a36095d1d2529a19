"""The addresses of one's own account, those of allauth among them, and of the machines."""

from __future__ import annotations

from tests.access.table import row

OPEN = "mine GET 200 200 200 200 200 200 200"
SIGNED_IN = "mine GET login 200 200 200 200 200 200"

row("healthz", OPEN)
row("readyz", OPEN)
row(
    "my_account",
    SIGNED_IN + "\nmine POST login 302 302 302 302 302 302",
    data=lambda its: {"name": "Another Name", "time_zone": ""},
)
row(
    "appearance",
    "mine POST login 302 302 302 302 302 302",
    data=lambda its: {"theme": "dark"},
)
row(
    "switch_organisation",
    """
    mine      POST login 302 302 302 302 404 404
    colleague POST login 404 404 404 404 404 404
    elsewhere POST login 404 404 404 404 404 404
    """,
    data=lambda its: {"member": its.member.pk},
    quiet=True,  # the choice stands in the session alone
)
row("no_organisation", "mine GET login 302 302 302 302 200 200")
# Whoever holds the link reads it: this is how people come in.
row(
    "accept_invitation",
    """
    ours      GET  200 200 200 200 200 200 200
    elsewhere GET  200 200 200 200 200 200 200
    ours      POST 302 200 200 200 200 200 200
    """,
    at=lambda its: [its.side.token],
    data=lambda its: {"name": "Nadia Roe", "password": "a long enough phrase of mine"},
    quiet=True,
    of_nobody={0: "no-such-token"},
)

# ---- allauth: the parts of it that have an address -----------------------------------------

# Its forms answer POST and PUT with the page again; who may do what there is allauth's own test,
# ours is that no identity breaks it and that nothing is written by a form without its values.
AGAIN = [200]
MOVED = "mine GET login 302 302 302 302 302 302"
NONE_SET_UP = "mine GET login 404 404 404 404 404 404"

row("account_login", "mine GET 200 302 302 302 302 302 302", lenient=AGAIN)
row(
    "account_logout",
    "mine GET login 200 200 200 200 200 200\nmine POST login login login login login login login",
    quiet=True,
)
row("account_inactive", OPEN)
# Nobody here has a usable password, so there is one to set and none to ask again for.
row("account_reauthenticate", "mine GET login 403 403 403 403 403 403")
row("account_change_password", MOVED)
row("account_set_password", SIGNED_IN, lenient=AGAIN)
row("account_reset_password", OPEN, lenient=AGAIN)
row("account_reset_password_done", OPEN)
# A link that was never sent: whatever is asked, the page says that it is not good.
row("account_reset_password_from_key", OPEN, at=lambda its: ["abc", "set-password"], lenient=AGAIN)
row("account_reset_password_from_key_done", OPEN)
row("mfa_index", SIGNED_IN)
row("mfa_authenticate", "mine GET login 302 302 302 302 302 302")
row("mfa_reauthenticate", "mine GET login 403 403 403 403 403 403")
row("mfa_activate_totp", SIGNED_IN, lenient=AGAIN)
row("mfa_deactivate_totp", NONE_SET_UP)
row("mfa_view_recovery_codes", NONE_SET_UP)
row("mfa_generate_recovery_codes", SIGNED_IN, lenient=AGAIN)
row("mfa_download_recovery_codes", NONE_SET_UP)
row("usersessions_list", SIGNED_IN)
