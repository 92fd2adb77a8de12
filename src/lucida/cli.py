"""The `lucida` command. What a command needs is imported when it runs: `lucida --help` answers at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lucida.splats.commands import gaussians
from lucida.terminal import one_sentence

app = typer.Typer(
    name="lucida",
    help="One photo or one sentence becomes light, depth, pictures and 3D, on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(asked: bool) -> None:
    if asked:
        from lucida import __version__

        print(f"lucida {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; LUCIDA_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; LUCIDA_PORT.", min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes; LUCIDA_WORKERS.", min=0, max=64)] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the pages and the API, with workers."""
    with one_sentence():
        from lucida.config import get_settings
        from lucida.serving import serve as run

        settings = get_settings()
        code = run(
            host=settings.host if host is None else host,
            port=settings.port if port is None else port,
            workers=settings.workers if workers is None else workers,
            open_page=open_page,
        )
    raise typer.Exit(code)


@app.command()
def worker(
    workers: Annotated[int, typer.Option(help="How many processes.", min=1, max=64)] = 1,
    queues: Annotated[
        str, typer.Option(help="Which jobs they take, by what these need: gpu, cpu, io; comma-separated.")
    ] = "gpu,cpu,io",
    solo: Annotated[
        bool, typer.Option("--solo", help="One worker in this very process, for whoever starts it again when it dies.")
    ] = False,
) -> None:
    """Run more workers beside `lucida serve`, on the same data folder or, with Postgres and Redis, elsewhere."""
    with one_sentence():
        from lucida.serving import work

        code = work(workers=workers, queues=queues, solo=solo)
    raise typer.Exit(code)


@app.command()
def migrate() -> None:
    """Bring the database up to date; a copy is made first."""
    with one_sentence():
        from lucida.database import migrate as run

        applied = run()
    print("\n".join(applied) or "The database is up to date.")


@app.command()
def buckets() -> None:
    """Make the buckets that the object storage lacks."""
    with one_sentence():
        from lucida.storage import get_storage

        made = get_storage().make_buckets()
    print("\n".join(made) or "Every bucket is there.")


@app.command()
def hdri(
    photo: Annotated[Path, typer.Argument(help="HEIC, HEIF, AVIF, JPEG, PNG or WebP.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write: .exr, .hdr, .jpg or .png.")],
    width: Annotated[int | None, typer.Option(help="Width in pixels; the height is half.", min=256, max=16384)] = None,
    scene: Annotated[str, typer.Option(help="auto, outdoor, indoor or night.")] = "auto",
    engine: Annotated[str | None, typer.Option(help="Painter: auto, draft or sdxl; LUCIDA_PAINTER.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295; the same gives the same picture.", min=0)] = None,
    pitch: Annotated[
        float | None, typer.Option(help="Degrees the camera looked up; found in the photo where not given.")
    ] = None,
    roll: Annotated[
        float | None, typer.Option(help="Degrees the camera was turned clockwise; found where not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write each event as a line of JSON.")] = False,
) -> None:
    """Turn a photo into an HDR panorama."""
    with one_sentence(as_json=as_json):
        from lucida.hdri.command import make_panorama

        make_panorama(
            photo,
            out,
            width=width,
            scene=scene,
            engine=engine,
            seed=seed,
            pitch=pitch,
            roll=roll,
            as_json=as_json,
        )


@app.command()
def cloud(
    prompt: Annotated[str, typer.Argument(help="What it shows; not needed with --image.")] = "",
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write: .bin, .glb or .ply.")] = Path("cloud.bin"),
    image: Annotated[Path | None, typer.Option(help="A picture: HEIC, HEIF, AVIF, JPEG, PNG or WebP.")] = None,
    vibe: Annotated[str, typer.Option(help="Its mood, in free words.")] = "",
    mode: Annotated[str, typer.Option(help="standard, or panorama: all around.")] = "standard",
    image_model: Annotated[str, typer.Option("--image-model", help="Who paints: auto, draft, sdxl, openai …")] = "auto",
    depth: Annotated[str | None, typer.Option(help="Who tells depth; LUCIDA_DEPTH_MODEL.")] = None,
    seg: Annotated[str | None, typer.Option(help="Who divides into things; LUCIDA_SEG_MODEL.")] = None,
    projection: Annotated[
        str | None, typer.Option(help="planar, equirectangular, perspective or legacy; by the mode where not given.")
    ] = None,
    stride: Annotated[int, typer.Option(help="Every so manieth row and column.", min=1, max=64)] = 1,
    max_points: Annotated[int | None, typer.Option("--max-points", help="At most so many points.", min=1)] = None,
    drop_edges: Annotated[
        bool, typer.Option("--drop-edges", help="Leave out points that hang between near and far.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295; the same gives the same cloud.", min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write each event as a line of JSON.")] = False,
) -> None:
    """Turn a sentence or a picture into a point cloud."""
    with one_sentence(as_json=as_json):
        from lucida.pointcloud.asked import read_asked
        from lucida.pointcloud.command import make_cloud

        fields = {
            "prompt": prompt, "vibe": vibe, "mode": mode, "image_model": image_model, "depth_model": depth,
            "seg_model": seg, "projection": projection, "stride": stride, "max_points": max_points,
            "drop_edges": drop_edges, "seed": seed,
        }  # fmt: skip
        make_cloud(read_asked(fields).settled(), out, image=image, as_json=as_json)


@app.command()
def demo(
    width: Annotated[int, typer.Option(help="Width of the panorama in pixels.", min=256, max=16384)] = 2048,
    folder: Annotated[Path, typer.Option(help="Where to write.")] = Path(),
) -> None:
    """Render a photo with EXIF, make its panorama, and write both."""
    with one_sentence():
        from lucida.hdri.command import make_panorama
        from lucida.hdri.demo import write_demo_photo

        folder.mkdir(parents=True, exist_ok=True)
        photo = folder / "lucida-demo.jpg"
        write_demo_photo(photo)
        print(f"photo      {photo}")
        make_panorama(photo, folder / "lucida-demo.exr", width=width, seed=1)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False) -> None:
    """Check this installation, and say what is missing."""
    with one_sentence():
        from lucida.doctor import examine

        findings = examine()
    if as_json:
        print(json.dumps([finding.__dict__ for finding in findings], indent=1))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.found}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command()
def settings(as_json: Annotated[bool, typer.Option("--json", help="Write them as JSON.")] = False) -> None:
    """Show every setting, and where its value came from."""
    with one_sentence():
        from pydantic import SecretStr

        from lucida.config import Settings, get_settings, setting_source, setting_variables

        rows: list[dict[str, Any]] = []
        for name in Settings.model_fields:
            value = getattr(get_settings(), name)
            shown = "(hidden)" if isinstance(value, SecretStr) else value
            shown = ",".join(map(str, shown)) if isinstance(shown, list) else shown
            rows.append({"name": setting_variables(name)[0], "value": shown, "source": setting_source(name)})
    if as_json:
        print(json.dumps(rows, indent=1, default=str))
        return
    across = max(len(row["name"]) for row in rows)
    for row in rows:
        print(f"{row['name']:<{across}}  {'' if row['value'] is None else row['value']}  ({row['source']})")


app.add_typer(gaussians, name="gaussians")

users = typer.Typer(help="Who may log in where LUCIDA_AUTH=token asks for a token.", no_args_is_help=True)
app.add_typer(users, name="users")


@contextmanager
def _rows(*, as_json: bool = False) -> Iterator[None]:
    """The database, brought up to date, for commands that work on rows."""
    with one_sentence(as_json=as_json):
        from django.db import OperationalError, connections

        from lucida import database

        try:
            database.migrate()
            yield
        except OperationalError as error:
            raise database.database_error(error) from error
        finally:
            connections.close_all()


def _show_token(name: str, begins: str, text: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"user": name, "begins": begins, "token": text}))
        return
    print(f"user       {name}\ntoken      {text}")
    print("Keep it: it is not shown again. It goes into the page's sign-in, or into Authorization: Bearer …")


_Scopes = Annotated[
    str,
    typer.Option(
        "--scopes", help="What it is good for: read, write, metrics (/metrics, which counts everybody's jobs)."
    ),
]
_Days = Annotated[
    int | None, typer.Option("--days", help="Days until it ends; for ever where not given.", min=1, max=36500)
]


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="Letters, digits and @ . + - _")],
    email: Annotated[str, typer.Option(help="How to reach the person; nothing is sent there.")] = "",
    scopes: _Scopes = "read,write",
    days: _Days = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the token as JSON.")] = False,
) -> None:
    """Make a user and print their token, once."""
    with _rows(as_json=as_json):
        from lucida.accounts.people import add_user
        from lucida.accounts.scopes import read_scopes

        user, token, text = add_user(name, email, scopes=read_scopes(scopes), days=days)
        _show_token(user.username, token.prefix, text, as_json=as_json)


@users.command("token")
def users_token(
    name: Annotated[str, typer.Argument(help="Whose it is to be.")],
    label: Annotated[str, typer.Option("--name", help="What it is for, so that it is known later.")] = "",
    scopes: _Scopes = "read,write",
    days: _Days = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the token as JSON.")] = False,
) -> None:
    """Make another token for a user and print it, once."""
    with _rows(as_json=as_json):
        from lucida.accounts.people import find_user
        from lucida.accounts.scopes import read_scopes
        from lucida.accounts.tokens import make_token

        user = find_user(name)
        token, text = make_token(user, label, scopes=read_scopes(scopes), days=days)
        _show_token(user.username, token.prefix, text, as_json=as_json)


@users.command("list")
def users_list(as_json: Annotated[bool, typer.Option("--json", help="Write them as JSON.")] = False) -> None:
    """Show the users, how their tokens begin, what these are good for and until when, and when they were used."""
    with _rows(as_json=as_json):
        from lucida.accounts.people import list_users

        rows = list_users()
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print("  ".join(filter(None, (row["name"], row["email"], "" if row["active"] else "(not active)"))))
        for token in row["tokens"]:
            used = f"used {token['last_used_at'][:10]}" if token["last_used_at"] else "never used"
            scopes = ",".join(token["scopes"])
            ends = f"ends {token['expires_at'][:10]}" if token["expires_at"] else ""
            revoked = f"revoked {token['revoked_at'][:10]}" if token["revoked_at"] else ""
            made = f"made {token['created_at'][:10]}"
            told = (f"{token['begins']}…", token["name"], scopes, made, used, ends, revoked)
            print("    " + "  ".join(filter(None, told)))
    if not rows:
        print("There is no user yet: lucida users add NAME makes one.")


@users.command("revoke")
def users_revoke(
    token: Annotated[str, typer.Argument(help="How it begins, its id, or all of it.")],
) -> None:
    """Shut a token out for ever, with the browsers that are signed in with it."""
    with _rows():
        from lucida.accounts.tokens import named_token, revoke

        found = named_token(token)
        revoke(found)
        print(f"{found} of {found.user.username} is revoked.")


@users.command("remove")
def users_remove(
    name: Annotated[str, typer.Argument(help="Who is to go.")],
    with_everything: Annotated[
        bool, typer.Option("--with-everything", help="Delete their jobs and pictures, too, with all files.")
    ] = False,
) -> None:
    """Forget a user with their tokens; refused while they own jobs or pictures."""
    with _rows():
        from lucida.accounts.people import find_user
        from lucida.jobs.owners import remove_user

        count = remove_user(find_user(name), with_everything=with_everything)
        print(f"{name} is gone{f', with {count} jobs' if count else ''}.")


images = typer.Typer(help="The pictures that are kept.", no_args_is_help=True)
app.add_typer(images, name="images")


@images.command("clean")
def images_clean(
    older_than: Annotated[
        int | None,
        typer.Option("--older-than", help="Days; LUCIDA_IMAGES_KEEP_DAYS.", min=1, max=36500, metavar="DAYS"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove old pictures with their files; the server does so by itself every hour."""
    with _rows():
        from lucida.config import get_settings
        from lucida.images.cleaning import clean

        days = older_than or get_settings().images_keep_days
        if not days:
            print("Pictures are kept for ever (LUCIDA_IMAGES_KEEP_DAYS=0); --older-than DAYS removes older ones.")
            return
        gone = clean(days, dry_run=dry_run)
        noun = "picture" if gone.count == 1 else "pictures"
        would = "would go" if dry_run else "went"
        print(f"{gone.count} {noun} of more than {days} days {would}: {gone.size / 1e6:.1f} MB.")


if __name__ == "__main__":
    app()
