"""What becomes of jobs, and of what is kept, when their owner goes."""

from __future__ import annotations

from lucida.accounts.models import User
from lucida.errors import Conflict
from lucida.jobs.models import Job
from lucida.jobs.shelves import every_shelf
from lucida.jobs.submission import remove


def remove_user(user: User, *, with_everything: bool) -> int:
    """Forget a user, with their tokens; how many jobs went with them.

    Errors: Conflict where there are jobs or anything kept and nobody said that they may go, too.
    """
    jobs = Job.objects.filter(owner=user)
    count = jobs.count()
    counts = {"job": count, **{shelf.noun: shelf.count(user) for shelf in every_shelf()}}
    owned = " and ".join(f"{number} {noun}{'s' * (number > 1)}" for noun, number in counts.items() if number)
    if owned and not with_everything:
        raise Conflict(f"{user.username} owns {owned}: --with-everything deletes them with all their files.")
    user.is_active = False  # what is asked for from now on is refused
    user.save(update_fields=["is_active"])
    for job in jobs:  # a worker that still works on one finds its lease lost and stops
        remove(job)
    for shelf in every_shelf():
        shelf.clear(user)
    user.delete()
    return count
