"""A gallery in memory: `bot.gallery.Gallery` without its database."""

from pathlib import Path


class Wall:
    """Pictures in a folder; `refs`: under which name the channel has them already."""

    def __init__(self, folder: Path, *names: str) -> None:
        """Args: names: of pictures that are there from the beginning."""
        self._folder = folder
        self.refs: dict[str, str] = {}
        for name in names:
            self.put(name, b"\xff\xd8 picture " + name.encode())

    def put(self, file: str, content: bytes) -> None:
        self.path(file).write_bytes(content)

    def path(self, file: str) -> Path:
        return self._folder / file

    async def find(self, file: str) -> str | None:
        return self.refs.get(file)

    async def keep(self, file: str, ref: str) -> None:
        self.refs[file] = ref

    async def forget(self, file: str) -> None:
        self.refs.pop(file, None)
