"""What is said of a settings file, in Chinese."""

CHINESE = {
    ", ": "，",
    # what stands there
    "nothing": "空的",
    "true or false": "true 或 false",
    "a number": "数字",
    "a date": "日期",
    "text": "文本",
    "text in quotes": "加了引号的文本",
    "a list": "列表",
    "keys of its own": "下一级的键",
    # what is wrong with it
    "found {found}, expected {expected}": "写的是{found}，要求：{expected}",
    "found {what}, expected keys and their values": "写的是{what}，要求：一行一个“键: 值”",
    "found {what}, expected keys of its own, indented under it": (
        "写的是{what}，要求：下一级的键，缩进写在它下面"
    ),
    "missing, expected {expected}": "缺少这一项，要求：{expected}",
    "not accepted, expected {expected}": "这样写不行，要求：{expected}",
    " (full-width, curly, foreign or invisible characters are in it)": (
        "（里面有全角的、长得像的、看不见的字符，或弯引号）"
    ),
    "the environment has no {name}, which ${{{name}}} asks for": (
        "没有环境变量 {name}，这里写了 ${{{name}}}"
    ),
    "unknown key": "不认识的键",
    "unknown key, did you mean {meant}?": "不认识的键，是不是 {meant}？",
    " Indent it under {section}": "要缩进写在 {section} 下面",
    "unknown key, expected one of letters and underscores": "不认识的键，键名只用字母和下划线",
    "a section and a key in one, expected {name}: on a line of its own, indented under {section}:": (
        "两级的键不能写在一行：在 {section}: 下面另起一行，缩进写 {name}:"
    ),
    "given twice, first on line {line}": "写了两遍，前一处在第 {line} 行",
    "differs from {key} on line {line}, expected only one of them": (
        "和第 {line} 行的 {key} 矛盾，两处只留一处"
    ),
    "cannot be read: {reason}": "读不了：{reason}",
    "No such file or directory": "没有这个文件",
    "Permission denied": "没有权限",
    "Is a directory": "这是文件夹",
    "cannot be read: not UTF-8, save it as that": "读不了：不是 UTF-8 编码，请另存为 UTF-8",
    "cannot be read: not a file": "读不了：不是文件",
    "cannot be read: more than {most} MB": "读不了：超过 {most} MB",
    "a comment has a line of its own, which begins with #": "注释要单独一行，以 # 开头",
    # kinds
    "a whole number": "整数",
    "text (in quotes)": "文本（加引号）",
    "a path (in quotes)": "路径（加引号）",
    "{kind} or null": "{kind}，或 null",
    "a list of {kind}": "列表，每一项是{kind}",
    "keys and their values, indented under it": "“键: 值”，缩进写在它下面",
    "the keys {names}": "下一级的键 {names}",
    "names, and under each {kind}": "名字，每个名字下面是{kind}",
    "one of {choices}": "{choices} 之一",
    # fixed answers
    "it never fits, expected one of {names}": "没写什么时候用，要求：{names} 至少一个",
    "it says nothing, expected one of {names}": "没写回什么，要求：{names} 至少一个",
    "expected either ask or {given}, not both": "ask 和 {given} 只能写一个",
    "found {what}, expected a list of replies": "写的是{what}，要求：一列回复，每条以 - 开头",
    "a regular expression as RE2 has them: not too large, without look-ahead, and none that"
    " finds an empty text, as a| and a* do": (
        "RE2 支持的正则表达式：不能太大，没有前后断言和反向引用，也不能像 甲| 和 甲* 那样连空的都算找到"
    ),
    "“{name}” is found in any text: all are refused": "“{name}”在什么话里都找得到：谁说什么都会被拒绝",
    "a media id, which WeChat gives for an upload": "微信给上传的素材的 media id",
    "an http:// or https:// address": "以 http:// 或 https:// 开头的网址",
    "{place} is sent as it is: what was said stands for {text}": (
        "{place} 会原样发出去：要换成对方的话，写 {text}"
    ),
    "it does nothing without moderation.service_url, which is empty": (
        "没有 moderation.service_url，写了也不起作用"
    ),
    "it does nothing with one model only: the next one stands in models": (
        "只有一个模型，写了也不起作用：下一个要写在 models 里"
    ),
    "reply {number}: {why}": "第 {number} 条回复：{why}",
    "“{word}” is a command's word, which goes first": "“{word}”是命令的词，命令先于回复",
    "“{word}” fits reply {first}, which goes first": "“{word}”先被第 {first} 条回复用了",
    # what a live server needs
    "empty or a placeholder, expected the real one, because {reason}": (
        "没有填，或者还是占位符，请填真实的值：{reason}"
    ),
    "empty, expected at least one key, because mode is live": "没有填，mode 为 live 时至少要一个密钥",
    "mode is live": "mode 为 live",
    "{key} is on": "开启了 {key}",
    "no AppSecret: WeChat's have 32 digits or letters a to f": (
        "不像 AppSecret：微信给的是 32 位数字或字母 a 到 f"
    ),
    "wechat.encoding_aes_key is given": "填了 wechat.encoding_aes_key",
    "wechat.encryption is safe": "wechat.encryption 为 safe",
    "not accepted, expected 3 to 32 letters and digits, as WeChat does": (
        "微信不接受这样的 Token，要求：3 到 32 个字母或数字"
    ),
    "this is the account's original id (gh_...), expected the AppID, which begins with wx": (
        "这是公众号的原始 ID（gh_...），要填的是 AppID，以 wx 开头"
    ),
    "not accepted, expected an AppID: wx and 16 digits or letters a to f": (
        "不是 AppID，要求：wx 加 16 位数字或字母 a 到 f"
    ),
    "WeChat's console takes 3 to 32 letters and digits only": (
        "公众平台的“Token”只能是 3 到 32 位英文字母和数字"
    ),
    "it has no path, and most services want one, often /v1": (
        "地址里没有路径，多数服务都要有，常见的是 /v1"
    ),
    "it is of another protocol, expected one that often ends in /v1": (
        "这个地址用的是另一种协议，要填兼容 OpenAI 的那个，常见的以 /v1 结尾"
    ),
    "quotes, a name or an address in a key, expected the key alone": "密钥里有引号、名字或网址，只要密钥本身",
    "a comma or semicolon in a key, expected each key in quotes of its own": (
        "密钥里有逗号或分号；几个密钥要各加各的引号"
    ),
    "true or false in quotes is a text, often read as true: expected no quotes": (
        "加了引号的 true、false 是文本，多半会被当成 true，请去掉引号"
    ),
    "a name of 1 to 20 characters, without braces": "1 到 20 个字符的名字，不含花括号",
    "default: true under one of them at most": "最多一个写 default: true",
}
