"""What command lines say, in Chinese."""

OF_ARGPARSE = {
    "usage: ": "用法：",
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
    "invalid %(type)s value: %(value)r": "%(value)r 不能用（要 %(type)s）",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "没有 %(value)r 这个选项，可选：%(choices)s"
    ),
}
CHINESE = {
    **OF_ARGPARSE,
    "speak Chinese or English": "显示中文或英文（zh 或 en）",
}
