"""What is said of a value in the settings that cannot be, in Chinese."""

CHINESE = {
    "{low} to {high}": "{low} 到 {high}",
    "not empty": "至少一项",
    "not blank, at most {most} characters": "不能为空，最多 {most} 个字符",
    "at most {most} characters": "最多 {most} 个字符",
    "at most {most} bytes (a Chinese character has 3, in a link 12)": (
        "最多 {most} 字节（一个汉字占 3 字节，在链接里占 12）"
    ),
    "no model is called so: expected one of {names}": "没有叫这个名字的模型：应为 {names} 之一",
    "another name for each": "每个的名字都不同",
    "1 to 30 letters, digits, - and _": "1 到 30 个字母、数字、- 或 _",
    "{path} is a page for monitors, expected another": "{path} 是给监控看的页面，要求：换一个",
    "the same as {other}, expected another one": "和 {other} 一样，要求：换一个",
    "missing: mode sandbox plays one account, that of wechat": (
        "缺少这一项：mode sandbox 只演一个公众号，就是 wechat 的"
    ),
    "not served: mode sandbox plays one account, that of wechat": (
        "不会启用：mode sandbox 只演一个公众号，就是 wechat 的"
    ),
    "at most 60 characters without blanks": "最多 60 个字符，没有空格",
    "no braces": "不含花括号",
    "no braces but those of {link}": "除了 {link} 不含花括号",
    "no placeholders but {place}, other braces doubled as {{{{ and }}}}": (
        "占位符只有 {place}，其他花括号写成 {{{{ 和 }}}}"
    ),
    "no placeholders but {place} and {other}, other braces doubled as {{{{ and }}}}": (
        "占位符只有 {place} 和 {other}，其他花括号写成 {{{{ 和 }}}}"
    ),
    "a text with {place} in it": "里面要有 {place}",
    "1 to 20 characters, in a list with straight quotes and commas": (
        "1 到 20 个字符，列表里用半角的引号和逗号"
    ),
    "an http:// or https:// address without user name, password or query": (
        "http:// 或 https:// 地址，不带用户名、密码和参数"
    ),
    "a ws://, wss://, http:// or https:// address": "ws://、wss://、http:// 或 https:// 地址",
    "ASCII characters": "ASCII 字符",
    "ASCII characters without spaces": "不含空格的 ASCII 字符",
    "ASCII characters without spaces, at least one": "不含空格的 ASCII 字符，至少一个",
    'ASCII characters without spaces, after "Bearer " or alone': (
        "不含空格的 ASCII 字符，前面可以有“Bearer ”"
    ),
    "straight quotes around it": "用半角引号括起来",
    'the name of a file, in straight quotes, or ""': '文件名，用半角引号括起来，或者 ""',
    "a name of letters, digits and underscores": "由字母、数字和下划线组成的名字",
    "43 letters and digits": "43 个字母或数字",
    "a path like /wechat": "/wechat 这样的路径",
    "an IP address or a range like 10.0.0.0/8": "IP 地址，或 10.0.0.0/8 这样的网段",
    "a time zone like Asia/Shanghai": "Asia/Shanghai 这样的时区",
    "2 to 60 characters that can be typed": "2 到 60 个打得出来的字符",
    "expected one OpenID and nothing else": "一行只能有一个 OpenID",
    "expected a code of {least} to {most} letters and how many may use it": (
        "要有一个 {least} 到 {most} 个字的邀请码，后面可以写能用几次"
    ),
    "this code stands on another line too": "这个邀请码在别的行也有",
    "expected 1 to {most} letters or digits": "要有 1 到 {most} 个字母、数字或汉字",
    "{where}: a line is one word, found as a whole; {many} seem to be more": (
        "{where}：一行是一个词，整行都有才算；有 {many} 行像是写了几个，或者带着编号"
    ),
    "a name like MP_verify_abc123.txt": "MP_verify_abc123.txt 这样的文件名",
    "the name of a header": "HTTP 头的名字",
    "other keys than messages and stream": "不能有 messages 和 stream",
}
