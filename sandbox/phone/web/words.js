// Every word of the page, Chinese first.

const WORDS = {
  brand: ["回信", "Huixin"],
  brand_note: ["模拟环境：只在这台电脑上，不联网", "sandbox: on this machine only, nothing goes out"],
  account: ["回信", "Huixin"],
  lost: ["和模拟环境的连接断了。它还在运行吗？正在重连……", "The sandbox does not answer. Does it still run? Trying again…"],
  behind: ["幕后", "Behind it"],
  back: ["回到聊天", "Back to the chat"],
  more: ["更多", "More"],
  followers: ["关注者", "Followers"],
  follower: ["关注者", "Follower"],
  newcomer: ["新增一位关注者", "Another follower"],
  follow: ["关注公众号", "Follow the account"],
  unfollow: ["取消关注", "Unfollow"],
  chat: ["聊天记录", "The chat"],
  write: ["发消息", "Message"],
  write_spoken: ["打字，当作语音发送", "Type what is said"],
  send: ["发送", "Send"],
  send_spoken: ["发语音", "Speak"],
  voice_mode: ["语音", "Voice"],
  text_mode: ["键盘", "Keyboard"],
  hold: ["按住 说话", "Hold to talk"],
  recording: ["松开 发送，按 Esc 取消", "Release to send, Esc to cancel"],
  typed_instead: ["打字代替", "Type it"],
  too_short: ["说话时间太短", "That was too short"],
  no_microphone: ["没有可用的麦克风：打字，当作语音发送", "No microphone here: type what is said"],
  picture: ["发图片", "Send a picture"],
  picture_elsewhere: ["[图片] 在公众号的素材库里：", "[picture] in the account's own library:"],
  cover: ["封面", "cover"],
  not_followed: ["已取消关注，对方收不到你的消息", "Not following: nothing can be sent"],
  followed_line: ["你关注了“回信”", "You follow Huixin"],
  unfollowed_line: ["你取消了关注，回信已删除你的全部数据", "You unfollowed; Huixin erased all it had of you"],
  fault: ["该公众号提供的服务出现故障，请稍后再试", "该公众号提供的服务出现故障，请稍后再试"],
  handed_over: ["已转接人工客服", "Handed over to customer service"],
  play: ["播放语音", "Play the voice"],
  heard_as: ["识别为：", "Recognized: "],
  heard_always: ["模拟的语音服务不会听，总是这一句", "The stand-in cannot listen: it is always this"],
  look: ["看这一条的幕后", "Look behind this one"],
  hint: ["试试", "Try"],
  server: ["服务器", "Server"],
  up: ["运行中", "up"],
  starting: ["启动中……", "starting…"],
  stopping: ["停止中……", "stopping…"],
  down: ["已停", "down"],
  killed: ["已被 kill -9", "killed by kill -9"],
  kill: ["kill -9", "kill -9"],
  kill_and_start: ["kill -9，马上重启", "kill -9 and start again"],
  start: ["重新启动", "Start again"],
  speed: ["模型多快答完", "The model takes"],
  "at once": ["立即", "no time"],
  normal: ["正常", "normal"],
  "8 s": ["8 秒", "8 s"],
  "20 s": ["20 秒", "20 s"],
  model_fails: ["模型出错", "Model fails"],
  speech_fails: ["语音服务出错", "Speech fails"],
  voice: ["用语音回答", "Spoken answers"],
  sealed: ["消息加密", "Sealed (AES)"],
  voice_note: ["会重启服务器", "restarts the server"],
  tries: ["微信的推送", "WeChat's tries"],
  no_message: ["发一条消息，这里就会亮起来", "Send a message and watch"],
  seconds: ["秒", "s"],
  open: ["等待中", "waiting"],
  try_reply: ["回复送达", "reply delivered"],
  try_lost: ["回复没人读", "reply not read"],
  try_empty: ["收下，无回复", "taken, no reply"],
  try_timeout: ["微信挂断", "WeChat hung up"],
  try_cut: ["连接断了", "connection cut"],
  try_malformed: ["不合格的回复", "malformed"],
  try_refused: ["连不上", "refused"],
  is_sealed: ["加密", "sealed"],
  states: ["消息的状态", "The message's state"],
  not_stored: ["没有存下什么", "nothing stored"],
  erased: ["数据已删除", "erased"],
  moments: ["经过", "What happened"],
  RECEIVED: ["收到", "received"],
  GENERATING: ["生成", "generating"],
  SYNTHESIZING: ["合成语音", "speaking"],
  UPLOADED: ["已上传", "uploaded"],
  REPLIED: ["已回复", "replied"],
  FAILED: ["失败", "failed"],
  took_up: ["被下一个进程接手 {n} 次", "taken up {n} time(s) by the next process"],
  stream: ["模型正在说", "The model says"],
  no_call: ["没有问过模型", "The model has not been asked"],
  call: ["第 {n} 次调用", "call {n}"],
  call_open: ["正在说", "talking"],
  call_thinks: ["在想", "thinking"],
  call_broken: ["被打断", "broken off"],
  call_done: ["说完了", "done"],
  call_failed: ["HTTP {n}", "HTTP {n}"],
  history: ["模型收到的对话", "The history it gets"],
  turns: ["{n} 条", "{n} entries"],
  system: ["系统", "system"],
  user: ["用户", "user"],
  assistant: ["助手", "assistant"],
  failed_request: ["没有成功：", "That did not work: "],
  // Why, as the sandbox says it.
  "there is nothing to send": ["没有字可发", "there is nothing to send"],
  "a picture is a PNG, a JPEG or a GIF": ["图片要是 PNG、JPEG 或 GIF", "a picture is a PNG, a JPEG or a GIF"],
  "the file is larger than 10 MB": ["文件超过了 10 MB", "the file is larger than 10 MB"],
  "50 followers are enough": ["已经有 50 位关注者了", "50 followers are enough"],
  "who does not follow the account cannot write to it": ["没有关注，发不了消息", "who does not follow the account cannot write to it"],
};

const HINTS = [
  ["你好", "Hello"],
  ["写一个长一点的回答", "a long answer, please"],
  ["睡20秒", "sleep 20"],
  ["英语对话 点餐", "fail"],
];

const KEPT = "huixin.language";

function chosen() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

let english = (chosen() ?? navigator.language).startsWith("zh") ? 0 : 1;

export const say = (key, n) => (WORDS[key]?.[english] ?? key).replace("{n}", n ?? "");

export const hints = () => HINTS.map((pair) => pair[english]);

export function speakTheOther() {
  english = 1 - english;
  try {
    localStorage.setItem(KEPT, english ? "en" : "zh");
  } catch {
    // then it is asked of the browser again
  }
  sayAll();
}

export function sayAll() {
  document.documentElement.lang = english ? "en" : "zh-CN";
  document.title = say("brand");
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    const label = say(element.dataset.label);
    element.setAttribute("aria-label", label);
    if (element.matches("button, input")) element.title = label;
  }
  const other = document.getElementById("language");
  other.textContent = english ? "中文" : "English";
  other.lang = english ? "zh-CN" : "en";
}
