"""Debian packages of another machine or release, unpacked into a folder of their own.

apt-get gets its lists and downloads in that folder too: this machine's packages and settings stay
as they are, and nobody needs to be root. Needs the network the first time.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tool_call import StepError, StepSkippedError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"
NOT_NEEDED = {"dpkg", "tar", "media-types", "base-files"}
"""What Debian's own set-up needs, and a tree that nothing is installed in does not."""


def unpack(folder: Path, *, architecture: str, suite: str, packages: tuple[str, ...]) -> Path:
    """Make sure that `folder` holds the packages and all they depend on.

    Args:
        folder: Where; its name should tell the architecture and suite.
        architecture: As Debian names it, such as `arm64`.
        suite: Debian's release, such as `bookworm`.
        packages: Names.

    Returns:
        The folder of the tree.

    Raises:
        StepSkippedError: If this machine has no apt-get or does not know Debian's keys.
        StepError: If a download fails.
    """
    tree, done = folder / "tree", folder / "packages.txt"
    wanted = " ".join(packages)
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return tree
    if shutil.which("apt-get") is None or not KEYRING.is_file():
        raise StepSkippedError(
            f"{wanted} for {architecture}: expected apt-get and {KEYRING}, as on Debian 12"
        )
    shutil.rmtree(folder, ignore_errors=True)
    apt = _private_apt(folder, architecture=architecture, suite=suite)
    _call(*apt, "update")
    planned = _call(*apt, "-s", "install", "--no-install-recommends", *packages)
    names = [line.split()[1] for line in planned.splitlines() if line.startswith("Inst ")]
    debs = folder / "debs"
    debs.mkdir()
    _call(*apt, "download", *(name for name in names if name not in NOT_NEEDED), where=debs)
    for deb in sorted(debs.glob("*.deb")):
        _call("dpkg-deb", "-x", deb, tree)
    shutil.rmtree(debs)
    if not (tree / "lib").exists():  # from Debian 13 on it is a link that no package holds
        (tree / "lib").symlink_to("usr/lib")
    done.write_text(wanted, encoding="utf-8")
    return tree


def _private_apt(folder: Path, *, architecture: str, suite: str) -> list[str | Path]:
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {MIRROR} {suite} main\n", encoding="utf-8")
    settings: dict[str, str | Path] = {
        "Dir::State": folder,
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    return ["apt-get", "-qq", *options]


def _call(*command: str | Path, where: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=where, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise StepError(f"$ {' '.join(map(str, command))}\n{(done.stdout + done.stderr).rstrip()}")
    return done.stdout
