"""The addresses of the settings, of the people who work here and of how they sign in."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.backoffice import access_log, account, one_time_links, settings, sign_in, users

_PERSON = "settings/users/<uuid:staff_id>/"
_ACTS = ("deactivate", "reactivate", "reset-second-step")

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", sign_in.sign_in, name="office_sign_in"),
    path("sign-in/code/", sign_in.second_step, name="office_second_step"),
    path("sign-in/passkey/", sign_in.passkey, name="office_sign_in_passkey"),
    path("sign-out/", sign_in.sign_out, name="office_sign_out"),
    path("new-password/", one_time_links.forgotten, name="office_forgotten"),
    path("new-password/<slug:slug>/<str:token>/", one_time_links.new_password, name="office_new_password"),
    path("invitation/<slug:slug>/<str:token>/", one_time_links.invitation, name="office_invitation"),
    path("account/", account.account, name="office_account"),
    path("account/password/", account.password, name="office_account_password"),
    path("account/app/", account.app, name="office_account_app"),
    path("account/passkey/", account.passkey, name="office_account_passkey"),
    path("account/recovery-codes/", account.recovery_codes, name="office_account_recovery"),
    path("account/recovery-codes/new/", account.codes, name="office_account_codes"),
    path("account/second-step/<uuid:factor_id>/remove/", account.remove, name="office_account_remove"),
    path("settings/", settings.index, name="office_settings"),
    path("settings/users/", users.listing, name="office_users"),
    path("settings/users/invite/", users.invite, name="office_users_invite"),
    path(
        "settings/users/invitations/<uuid:invitation_id>/withdraw/",
        users.withdraw,
        name="office_users_withdraw",
    ),
    path(_PERSON, users.person, name="office_user"),
    *(path(f"{_PERSON}{act}/", users.change, {"act": act}, name=f"office_user_{act}") for act in _ACTS),
    path("settings/second-step/", users.policy, name="office_second_step_policy"),
    path("settings/access-log/", access_log.listing, name="office_access_log"),
]
