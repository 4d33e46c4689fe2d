"""What command lines say, in Chinese."""

OF_ARGPARSE = {
    "usage: ": "用法: ",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示这份说明",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s：%(message)s",
    "%(prog)s: error: %(message)s\n": "%(prog)s：%(message)s\n",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "the following arguments are required: %s": "还缺参数：%s",
    "not allowed with argument %s": "不能和 %s 一起用",
    "ignored explicit argument %r": "不带值，给的 %r 不对",
    "expected one argument": "后面要有一个值",
    "invalid %(type)s value: %(value)r": "%(value)r 不能用，要 %(type)s",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "没有 %(value)r 这个选项，可选：%(choices)s"
    ),
}
CHINESE = {
    **OF_ARGPARSE,
    "speak Chinese or English": "显示中文（zh）或英文（en）",
    # server.py
    "Huixin: a language model behind a WeChat Official Account, and no answer lost": (
        "回信：把大模型接到微信公众号后面，一条回答也不丢。"
    ),
    "instead of server.host": "代替 server.host",
    "instead of server.port; 0 takes a free one": "代替 server.port；0 表示随便找一个空闲的",
    "in the sandbox, as if azure.trans_to_voice were on": (
        "模拟环境里，当作 azure.trans_to_voice 已经开启"
    ),
    "take over what another account has in store.path": "接管 store.path 里属于另一个公众号的数据",
    "look at everything outside that a live server needs, and say what to do": (
        "逐项检查正式运行要用到的外部服务，并告诉你怎么改"
    ),
    "with --check: the public URL in the console": "和 --check 一起用：公众号后台填的服务器地址（URL）",
    "--voice is for the sandbox: set azure.trans_to_voice": (
        "--voice 只用于模拟环境，请设置 azure.trans_to_voice"
    ),
    "--port: a number from 0 to 65535": "--port：0 到 65535 之间的数字",
    "--url goes with --check": "--url 要和 --check 一起用",
    # settings.reference
    """Every setting in a table, from the schema and the comments of the documented file.

`python -m settings.reference` writes `docs/configuration.md` from `config.yml`, and the same in
English from `docs/en/config.yml`.
""": """全部设置列成一张表，取自程序里的定义和 config.yml 的注释。

`python -m settings.reference` 根据 `config.yml` 写出 `docs/configuration.md`，根据
`docs/en/config.yml` 写出英文版。
""",
}
