"""A real ssh server for tests: `python ssh_server.py FOLDER`, from a parent that closes its stdin.

Makes FOLDER/key, with which one gets in, prints its port, and runs what it is told in a shell with
FOLDER/home as its folder. A process of its own, so that it is no part of what is tested.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncssh


class KeyHolder(asyncssh.SSHServer):
    """Lets in whoever has the one key."""

    def __init__(self, key: asyncssh.SSHKey) -> None:
        self._key = key

    def begin_auth(self, _username):
        return True

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, _username, key):
        return key == self._key


async def run_command(process: asyncssh.SSHServerProcess, home: Path) -> None:
    given = await process.stdin.read()
    pipe = asyncio.subprocess.PIPE
    local = await asyncio.create_subprocess_shell(
        process.command or "true", cwd=home, stdin=pipe, stdout=pipe, stderr=pipe
    )
    told, complaints = await local.communicate(given)
    process.stdout.write(told)
    process.stderr.write(complaints)
    process.exit(local.returncode or 0)


async def serve(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "key"))
    (folder / "key").chmod(0o600)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        server_factory=lambda: KeyHolder(key.convert_to_public()),
        process_factory=lambda process: run_command(process, home),
        encoding=None,
    )
    sys.stdout.write(f"{server.get_port()}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
