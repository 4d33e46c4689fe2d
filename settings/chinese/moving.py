"""What is said while all that is stored is moved, in Chinese."""

CHINESE = {
    """Move all that Huixin has stored from one database into another, SQLite or PostgreSQL, either way.

    python -m store.move --from var/huixin.db --to postgresql://USER:PASSWORD@HOST/DATABASE
    python -m store.move --from postgresql://USER:PASSWORD@HOST/DATABASE --to var/back.db

Stop all servers first. The database to move to has to be empty; the other one stays as it is. Each
row is compared at the end. Where it was interrupted, the same command goes on.

Exit codes: 0 moved, 1 not moved, 2 wrong usage, 3 a database cannot be used, 4 a server runs.
""": """把回信存下的全部数据从一个数据库搬到另一个，SQLite 和 PostgreSQL 之间，两个方向都行。

    python -m store.move --from var/huixin.db --to postgresql://用户:密码@主机/数据库
    python -m store.move --from postgresql://用户:密码@主机/数据库 --to var/back.db

先停掉所有服务。要搬到的数据库必须是空的；原来的那个不会动。最后每一行都会比对。
中途断了，再运行同一条命令就接着搬。

退出码：0 搬好了，1 没搬成，2 用法不对，3 数据库用不了，4 有服务在运行。
""",
    "a file, or an address": "文件，或者地址",
    "the same, empty or new": "同上，空的或者新的",
    "moving": "搬运",
    "comparing": "比对",
    "interrupted: the same command goes on": "中断了：再运行同一条命令就接着搬",
    "{rows} rows are in {target} now, each compared. Name it in the settings (store.url or store.path), then start the servers.": (
        "{rows} 行已经在 {target} 里，逐行比对过。把它写进设置（store.url 或 store.path），再启动服务。"
    ),
    "stop all servers first; still there: {names}": "先停掉所有服务，还在的有：{names}",
    "the database to move to is not empty: name a new one": "要搬到的数据库不是空的：换一个新的",
    "{table} {row} is not there as it was": "{table} {row} 和原来不一样",
    "{table} has other rows beside what was moved": "{table} 里还有不是搬来的数据",
    "it is being filled from another database: go on with python -m store.move": (
        "正在从另一个数据库往里搬：用 python -m store.move 接着搬完"
    ),
}
