"""`dunflow backup` and `dunflow restore`."""

from __future__ import annotations

from pathlib import Path

import click

from engine import backup as archives
from engine.settings import prepare_folder
from engine.wiring import build
from workers.command import here
from workers.command.language import t

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command(help=t("Write everything to a file, while everybody works on.", "把全部数据写入文件，期间可照常工作。"))
@file_argument
def backup(file: Path) -> int:
    """One portable file: what SQLite gave, PostgreSQL takes, and back."""
    with here.opened() as dunflow:
        manifest = archives.backup(dunflow.engine, file)
    here.console.print(t("{rows} rows in {file}", "{file} 中共 {rows} 行").format(rows=manifest.rows, file=file))
    return 0


@click.command(help=t("Put a backup's data in place.", "用备份恢复数据。"))
@file_argument
@click.option("--force", is_flag=True, help=t("Replace the data that is there.", "替换现有数据。"))
def restore(file: Path, force: bool) -> int:
    """All or nothing. Not while the system runs."""
    settings = here.found()
    prepare_folder(settings.data_dir)
    with here.alone(settings.data_dir):
        dunflow = build(settings)
        try:
            manifest = archives.restore(dunflow.engine, file, force=force)
        finally:
            dunflow.close()
    here.console.print(t("{rows} rows restored.", "已恢复 {rows} 行。").format(rows=manifest.rows))
    return 0
