from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "lucida.images"
    label = "images"
    verbose_name = "Pictures"

    def ready(self) -> None:
        # Here, so that every process that sweeps knows which files are pictures.
        from lucida.images.cleaning import SHELF
        from lucida.jobs.shelves import register_shelf

        register_shelf(SHELF)
