"""Whose rights the process has: those of `user` in the configuration, never root's (threat O4).

What systemd's unit does with `User=` and a capability is done here for a host that root starts
without it: root's identity goes before anything is opened, so that every file belongs to the
user; the one right to bind ports below 1024 goes once the doors are open. The supervisor has
left root too, and keeps that one right for the next child.
"""

import ctypes
import os
import pwd
from pathlib import Path

from mailsuite.service.footing import Unfit

# prctl(2) and capabilities(7).
PR_SET_KEEPCAPS = 8
PR_SET_NO_NEW_PRIVS = 38
CAP_NET_BIND_SERVICE = 10
CAPABILITY_VERSION = 0x20080522


def become(user: str, data_dir: Path) -> None:
    """Become the user, once and for good; a data_dir that is missing is made his.

    Does nothing where `user` is empty, or who starts this is that user already (systemd).

    Raises:
        Unfit: there is no such user, or only root could become him; nothing was changed.
    """
    if not user:
        return
    person = person_of(user)
    if person.pw_uid == os.geteuid():
        return
    if os.geteuid() != 0:
        raise Unfit(f'user = "{user}": only root can become that user; start it as root or as he.')
    give_data_dir(data_dir, person)
    os.initgroups(user, person.pw_gid)
    os.setgid(person.pw_gid)
    _prctl(PR_SET_KEEPCAPS, 1)
    os.setuid(person.pw_uid)
    _hold(1 << CAP_NET_BIND_SERVICE)
    # No program that this one ever starts gets more by a setuid bit.
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def person_of(user: str) -> pwd.struct_passwd:
    """The user of this machine of that name. Raises `Unfit`."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise Unfit(f'user = "{user}": there is no such user on this machine.') from None


def give_data_dir(data_dir: Path, person: pwd.struct_passwd) -> None:
    """Make data_dir for a user, if it is missing; only root can. Raises `Unfit`."""
    if data_dir.exists():
        return
    try:
        data_dir.mkdir(mode=0o700, parents=True)
        os.chown(data_dir, person.pw_uid, person.pw_gid)
    except OSError as error:
        raise Unfit(f"data_dir {data_dir} cannot be made: {error.strerror}.") from None


def bind_no_more() -> None:
    """The doors are open: let the right to ports below 1024 go.

    The kernel keeps it by thread; the pools' threads, which bind nothing, began with it.
    """
    if os.geteuid() != 0:
        _hold(0)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def _hold(capabilities: int) -> None:
    """Keep these of the capabilities that are permitted, and no others."""
    header = _Header(CAPABILITY_VERSION, 0)
    sets = (_Sets * 2)(_Sets(capabilities, capabilities, 0), _Sets(0, 0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), sets) != 0 and capabilities:
        # A container without that right: ports from 1024 on are all that can be had.
        libc.capset(ctypes.byref(header), (_Sets * 2)())


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
