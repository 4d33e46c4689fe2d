"""What a sound file may turn out to be, for who has libav loaded and who has not."""

from integrations import IntegrationError


class NotAudio(IntegrationError):
    """The file holds no sound that can be read: AMR, AMR-WB, speex, MP3 and WAV can."""


class AudioTooLong(IntegrationError):
    """The file is larger, or the sound in it longer, than a voice message is."""


def begins_with_mp3_frame(audio: bytes) -> bool:
    """Whether it is MP3 with no tag before it."""
    return len(audio) > 1 and audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0
