"""What the web chat has to know."""

from dataclasses import dataclass, field

from bot.channels.webchat.pace import PER_IP_MINUTE

HEARTBEAT_S = 15.0


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the channel has to know.

    Args:
        session_key: signs the session cookies; changing it makes everybody a stranger.
        embed_origins: sites that may show the chat, e.g. `https://xa-tuky.example.vn`.
        public_url: how the outside reaches us, without a slash at the end.
        greeting: plain text on the page before anything was said.
        head: HTML: further tags in the head of the page.
        per_ip_minute: messages a minute from one IP address; many phones share one.
    """

    session_key: bytes = field(repr=False)
    embed_origins: tuple[str, ...]
    public_url: str
    greeting: str
    head: str = ""
    per_ip_minute: int = PER_IP_MINUTE
    heartbeat_s: float = HEARTBEAT_S
