from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "lucida.accounts"
    label = "accounts"
    verbose_name = "Accounts"
